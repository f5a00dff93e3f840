// axe-core finds nothing to complain of: in every panel, in both themes, empty
// and with data.

import assert from 'node:assert/strict';
import axe from 'axe-core';
import { appSuite } from './fixture.mjs';

const TABS = ['Overview', 'Timeline', 'Arena', 'GPU pool', 'Budget', 'Events', 'Leaks', 'Stacks', 'Snapshots', 'Compare', 'Lab'];
const THEMES = ['dark', 'light'];

const appTest = appSuite();

/** One line per rule that is broken: the rule, where, and what axe measured. */
async function violations(app) {
  await app.page.evaluate(axe.source);
  const { violations: found } = await app.page.evaluate(() => window.axe.run());
  return found.map(({ id, help, nodes }) => {
    const places = nodes.slice(0, 3).map((node) => `${node.target.join(' ')}: ${node.any[0]?.message ?? ''}`);
    return `${id} (${help}): ${places.join('; ')}`;
  });
}

for (const theme of THEMES) {
  appTest(`axe, ${theme}: no violation while empty`, async (app) => {
    await app.ready();
    await app.setTheme(theme);
    for (const tab of TABS) {
      await app.showTab(tab);
      assert.deepEqual(await violations(app), [], tab);
    }
  });

  appTest(`axe, ${theme}: no violation with data`, async (app) => {
    await app.ready();
    await app.setTheme(theme);
    await app.runTo(120, { scenario: 'game-loop', seed: 7 });
    await app.settle();
    for (const tab of TABS) {
      await app.showTab(tab);
      assert.deepEqual(await violations(app), [], tab);
    }
  });
}
