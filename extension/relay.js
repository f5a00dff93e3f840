// In the page's isolated world: what its probe says on the channel of its origin goes to the
// panel, and what the panel answers comes back. The page itself sees nothing of it.
(() => {
  const CHANNEL = 'arenascope-probe';
  const port = chrome.runtime.connect({ name: CHANNEL });
  const channels = new Map();

  /** The channel of that name, of which everything goes to the panel. */
  const channelOf = (name) => {
    const known = channels.get(name);
    if (known) return known;
    const channel = new BroadcastChannel(name);
    channel.onmessage = ({ data }) => port.postMessage({ name, data });
    channels.set(name, channel);
    return channel;
  };

  channelOf(CHANNEL);
  port.onMessage.addListener(({ name, data }) => {
    // The probe answers on a channel of its run: heard before it says anything.
    if (data?.type === 'attach') channelOf(`${CHANNEL}/${data.run}`);
    channelOf(name).postMessage(data);
  });
  port.onDisconnect.addListener(() => {
    for (const channel of channels.values()) channel.close();
  });
  channelOf(CHANNEL).postMessage({ arenascopeProbe: 1, type: 'who' });
})();
