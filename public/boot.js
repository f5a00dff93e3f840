// Starts the module whose hashed names Trunk puts into this script's address.
// A file, not an inline script: the content policy allows no inline script.
const names = new URL(import.meta.url).searchParams;
const at = (name) => new URL(names.get(name), document.baseURI);

try {
  const glue = await import(at('js'));
  await glue.default({ module_or_path: at('wasm') });
} catch (error) {
  // Only what fails before the page's own panels exist ends here.
  const notice = document.createElement('p');
  notice.setAttribute('role', 'alert');
  notice.textContent = `Arenascope could not start: ${error?.message ?? error}. It needs a browser with WebAssembly threads.`;
  document.body.append(notice);
  throw error;
}
