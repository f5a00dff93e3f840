// Starts the module whose hashed names Trunk puts into this script's address.
// A file, not an inline script: the content policy allows no inline script.
import { isolate } from './isolate.js';

const names = new URL(import.meta.url).searchParams;
const at = (name) => new URL(names.get(name), document.baseURI);

// What the memory may grow to where the browser refuses what the module asks for, 4 GiB:
// phones set so much aside for no page.
const SMALLER_MIB = [2048, 1024, 512];
const PAGES_PER_MIB = 16;

/** A memory as it is wanted, with the largest maximum that the browser grants. */
function granted(Memory, wanted) {
  let refused;
  for (const maximum of [wanted.maximum, ...SMALLER_MIB.map((mib) => mib * PAGES_PER_MIB)]) {
    try {
      const memory = new Memory({ ...wanted, maximum });
      // The page reads here what it may tell a person.
      document.documentElement.dataset.memoryMaxMib = maximum / PAGES_PER_MIB;
      return memory;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      refused = error;
    }
  }
  throw new RangeError(`the browser gives this page not even ${SMALLER_MIB.at(-1)} MiB of memory that threads share ("${refused.message}"). `
    + 'Close other tabs, or try a browser or a device with more memory');
}

/** Loads the module. Its glue alone knows how much memory it begins with, and makes it. */
async function load(glue) {
  const { Memory } = WebAssembly;
  WebAssembly.Memory = function smallerWhereRefused(wanted) {
    return granted(Memory, wanted);
  };
  try {
    await glue.default({ module_or_path: at('wasm') });
  } finally {
    WebAssembly.Memory = Memory;
  }
}

/** What stands in the way, as far as the error says it. */
function explain(error) {
  const reason = error?.message ?? error;
  return error instanceof RangeError ? `${reason}.` : `${reason}. It needs a browser with WebAssembly threads.`;
}

try {
  await isolate();
  await load(await import(at('js')));
} catch (error) {
  // Only what fails before the page's own panels exist ends here.
  const notice = document.createElement('p');
  notice.setAttribute('role', 'alert');
  notice.textContent = `Arenascope could not start: ${explain(error)}`;
  document.body.append(notice);
  throw error;
}
