// Every panel in both themes, wide and narrow, empty and with data, as PNGs in
// out/screenshots for a person to look at; and nothing sticks out sideways.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { before } from 'node:test';
import { join } from 'node:path';
import { OUT, appSuite } from './fixture.mjs';

const FOLDER = join(OUT, 'screenshots');
const TABS = ['Overview', 'Timeline', 'Arena', 'GPU pool', 'Budget', 'Events', 'Leaks', 'Stacks', 'Snapshots', 'Compare', 'Lab'];
const THEMES = ['dark', 'light'];
const SIZES = [{ width: 1280, height: 800 }, { width: 800, height: 800 }];

before(() => mkdir(FOLDER, { recursive: true }));

const appTest = appSuite();

const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;

/** Photographs every panel as it is; `state` goes into the file names. */
async function photograph(app, { width }, theme, state) {
  for (const tab of TABS) {
    await app.showTab(tab);
    assert.equal(await app.page.evaluate(overflow), 0, `${tab} at ${width} px sticks out sideways`);
    const name = `${tab.toLowerCase().replace(' ', '-')}-${theme}-${width}-${state}.png`;
    await app.page.screenshot({ path: join(FOLDER, name) });
  }
}

for (const viewport of SIZES) {
  for (const theme of THEMES) {
    appTest(`screenshots, ${theme}, ${viewport.width} × ${viewport.height}`, { viewport }, async (app) => {
      await app.ready();
      await app.setTheme(theme);
      await photograph(app, viewport, theme, 'empty');
      await app.runTo(300, { scenario: 'level-streaming', seed: 7 });
      await photograph(app, viewport, theme, 'data');
    });
  }
}
