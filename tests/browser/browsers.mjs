// The three browsers of the suite, each with the flags that give it WebGPU in
// software (and, in the headless shell, WebNN) on a machine without a GPU.

import { accessSync, constants } from 'node:fs';
import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { headlessShell } from './headless-shell.mjs';

const PLAIN_FLAGS = [
  '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];
const CHROMIUM_FLAGS = [...PLAIN_FLAGS, '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

const FIREFOX_PREFS = {
  'dom.webgpu.enabled': true,
  'gfx.webgpu.ignore-blocklist': true,
};

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

// The variable wins, so that a browser of one's own can be tried.
function program(variable, names) {
  const chosen = process.env[variable];
  const found = chosen ?? names.map((name) => `/usr/bin/${name}`).find(isProgram);
  if (found && isProgram(found)) return found;
  throw new Error(`no ${names[0]} found: run \`make setup\`, or name the program in ${variable}`);
}

const chromiumProgram = () => program('ARENASCOPE_CHROMIUM', ['chromium', 'chromium-browser', 'google-chrome']);

/** Chromium: WebGPU by SwiftShader; WebNN is not there. */
export function launchChromium(...flags) {
  return chromium.launch({ executablePath: chromiumProgram(), args: [...CHROMIUM_FLAGS, ...flags] });
}

/** Chromium with an unpacked extension: a context that is kept in a folder, as extensions need. */
export function launchWithExtension(extension, profile) {
  return chromium.launchPersistentContext(profile, {
    executablePath: chromiumProgram(),
    // Playwright switches extensions off, and headless Chromium of old had none.
    ignoreDefaultArgs: ['--disable-extensions'],
    args: [...CHROMIUM_FLAGS, `--disable-extensions-except=${extension}`, `--load-extension=${extension}`, '--disable-features=DisableLoadExtensionCommandLineSwitch'],
  });
}

/** Chromium as on a machine whose graphics it does not trust: no adapter. */
export function launchWithoutWebGpu() {
  return chromium.launch({ executablePath: chromiumProgram(), args: [...PLAIN_FLAGS, '--disable-gpu'] });
}

/** Chromium whose WebNN is there but makes no context. */
export const launchWithRefusingWebNn = () => launchChromium('--enable-features=WebMachineLearningNeuralNetwork');

/** The headless shell: WebGPU by SwiftShader, and a real WebNN on the CPU. */
export async function launchShell() {
  const { folder, executable } = await headlessShell();
  return chromium.launch({
    executablePath: executable,
    args: [...CHROMIUM_FLAGS, '--enable-features=WebMachineLearningNeuralNetwork'],
    env: { ...process.env, LD_LIBRARY_PATH: [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':') },
  });
}

/** Firefox: WebGPU by lavapipe. A Puppeteer browser: Playwright drives only its own build of Firefox. */
export function launchFirefox() {
  const executablePath = program('ARENASCOPE_FIREFOX', ['firefox-esr', 'firefox']);
  return puppeteer.launch({ browser: 'firefox', executablePath, headless: true, extraPrefsFirefox: FIREFOX_PREFS });
}
