// Sees to it that the page is isolated where the host sends no headers for it: a service worker of
// this site adds them from the next load on. One reload, never a second: then the page says why.

const WORKER = 'isolation-worker.js';
/** Set before the reload, for the load after it. */
const TRIED = 'arenascope.isolation';
/** A worker that is not there by then is not waited for. */
const WAIT_MS = 5_000;

/** Where the page reads what was done. */
const say = (what) => { document.documentElement.dataset.isolation = what; };

/** Resolves once the worker answers for this site; rejects where it cannot be installed. */
function started(registration) {
  return new Promise((resolve, reject) => {
    const worker = registration.installing ?? registration.waiting ?? registration.active;
    const look = () => {
      if (worker.state === 'activated') resolve();
      if (worker.state === 'redundant') reject(new Error('it could not be installed: the host must serve the file _headers'));
    };
    worker.addEventListener('statechange', look);
    setTimeout(() => reject(new Error(`it was not there after ${WAIT_MS / 1000} s`)), WAIT_MS);
    look();
  });
}

async function addWorker() {
  if (!navigator.serviceWorker) throw new Error(isSecureContext ? 'this browser has none here' : 'that needs https or localhost');
  if (sessionStorage.getItem(TRIED)) throw new Error('it was, and the page was loaded again, which did not help');
  await started(await navigator.serviceWorker.register(new URL(WORKER, document.baseURI)));
  sessionStorage.setItem(TRIED, '1');
}

/** Resolves where the page can go on. Where it is loaded again, it never does. */
export async function isolate() {
  if (crossOriginIsolated) {
    if (navigator.serviceWorker?.controller?.scriptURL.endsWith(`/${WORKER}`)) say('added');
    // Without storage the mark was never set.
    try { sessionStorage.removeItem(TRIED); } catch { /* as said */ }
    return;
  }
  try {
    await addWorker();
  } catch (error) {
    say(`A service worker of this site could add them, but ${error.message}.`);
    return;
  }
  location.reload();
  await new Promise(() => {});
}
