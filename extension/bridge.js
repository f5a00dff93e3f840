// In the panel: what the relay in a page says is said again on the channel of this origin,
// where the program listens as it does for pages of its own; and the other way round. Above
// the program, a bar that starts it all.

const CHANNEL = 'arenascope-probe';
const tabId = Number(new URL(document.URL).searchParams.get('tab')) || null;
const channels = new Map();
const ports = new Set();

/** The channel of that name here: what the program says on it goes to every page. */
function channelOf(name) {
  const known = channels.get(name);
  if (known) return known;
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }) => {
    // Whoever is attached is answered on a channel of its own: open it before it says anything.
    if (data?.type === 'attach') channelOf(`${CHANNEL}/${data.run}`);
    for (const port of ports) port.postMessage({ name, data });
  };
  channels.set(name, channel);
  return channel;
}

channelOf(CHANNEL);
chrome.runtime.onConnect.addListener((port) => {
  if (port.name !== CHANNEL || (tabId && port.sender.tab?.id !== tabId)) return;
  const runs = new Set();
  ports.add(port);
  port.onMessage.addListener(({ name, data }) => {
    if (data?.type === 'hello') runs.add(data.run);
    channelOf(name).postMessage(data);
  });
  port.onDisconnect.addListener(() => {
    ports.delete(port);
    for (const run of runs) channelOf(CHANNEL).postMessage({ arenascopeProbe: 1, type: 'bye', run });
  });
});

/** From the next load on, pages of these patterns have the probe before their first script. */
async function register(matches) {
  await chrome.scripting.unregisterContentScripts().catch(() => {});
  const common = { matches, runAt: 'document_start', allFrames: true, persistAcrossSessions: false };
  await chrome.scripting.registerContentScripts([
    { ...common, id: 'relay', js: ['relay.js'], world: 'ISOLATED', allFrames: false },
    { ...common, id: 'probe', js: ['probe/arenascope-probe.classic.js'], world: 'MAIN' },
  ]);
}

const patternOf = (url) => `${new URL(url).protocol}//${new URL(url).hostname}/*`;

/** Loads the inspected page again with the probe. */
async function recordInspected() {
  const tab = await chrome.tabs.get(tabId);
  await register([patternOf(tab.url ?? tab.pendingUrl)]);
  await chrome.tabs.reload(tabId);
}

/** Opens an address in a tab of its own, with the probe. */
async function recordAddress(address) {
  await register([patternOf(address)]);
  await chrome.tabs.create({ url: address, active: false });
}

function bar() {
  const element = document.createElement('form');
  element.className = 'extension-bar';
  element.setAttribute('aria-label', 'Record a page');
  const status = Object.assign(document.createElement('output'), { className: 'dim' });
  const button = Object.assign(document.createElement('button'), {
    type: 'submit', className: 'button primary', textContent: tabId ? 'Reload and record the inspected page' : 'Open and record',
  });
  const address = Object.assign(document.createElement('input'), { type: 'url', placeholder: 'https://example.com/', required: true });
  address.setAttribute('aria-label', 'Address of the page');
  element.append(...(tabId ? [button, status] : [address, button, status]));
  element.addEventListener('submit', async (event) => {
    event.preventDefault();
    status.textContent = '';
    try {
      await (tabId ? recordInspected() : recordAddress(address.value));
      status.textContent = 'It is listed under Attach… as soon as it is there.';
    } catch (error) {
      status.textContent = `The page cannot be recorded: ${error.message}`;
    }
  });
  return element;
}

document.body.prepend(bar());
