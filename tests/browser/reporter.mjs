// The last lines of a run: what failed, what was skipped and why, and the count
// alone on a line. Node's own reporter prints the rest.

const isLeaf = (data) => data.details?.type !== 'suite';

export default async function* summary(source) {
  const failed = [];
  const skipped = [];
  let passed = 0;
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (!isLeaf(data)) continue;
    if (type === 'test:fail') failed.push(data.name);
    else if (data.skip !== undefined) skipped.push(`${data.name} (${data.skip})`);
    else passed += 1;
  }
  yield '\n';
  for (const name of failed) yield `failed: ${name}\n`;
  for (const name of skipped) yield `skipped: ${name}\n`;
  yield `${passed} passed, ${failed.length} failed\n`;
}
