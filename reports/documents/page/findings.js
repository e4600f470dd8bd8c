// SPDX-License-Identifier: Apache-2.0
const firstShown = 10;
const moreShown = 100;
const groupsOpen = 3;
const shownOf = new Map();  // kernel name -> how many findings to show
const unfolded = new Map();  // kernel name -> whether the reader unfolded its findings

function hasFeature(finding, feature) {
  return typeof feature.key === 'number' ? finding.features.includes(feature.key) : finding.named.includes(feature.key);
}
function findingWanted(kernel, finding) {
  if (wanted.cell && (wanted.cell.kernel !== kernel || !hasFeature(finding, wanted.cell.feature))) return false;
  return wanted.words.length === 0 || matches(`${kernel.name} ${finding.outcome} ${finding.trial} ${finding.reason}`);
}

function findingCard(finding) {
  const extent = finding.wrong > 0
    ? `${grouped(finding.wrong)} of ${counted(finding.elements, 'element')} wrong` +
      (finding.ratio === '0' ? '' : `, worst error ${finding.ratio} × its bound`)
    : '';
  const differs = finding.worst !== null && finding.worst !== finding.first;
  return h('div', {class: 'finding'},
    h('p', null, h('span', {class: 'badge'}, finding.outcome), finding.source === '' ? '' : h('span', {class: 'badge source'}, finding.source), finding.reason),
    h('p', {class: 'soft'}, [finding.layer === '' ? '' : `found by: ${finding.layer}`, extent].filter((part) => part).join(' · ')),
    finding.cause.map((line) => h('p', null, line)),
    finding.first === null ? '' : h('p', {class: 'mono'}, `first ${finding.first}`),
    differs ? h('p', {class: 'mono'}, `worst ${finding.worst}`) : '',
    finding.shrunk_from === '' ? '' : h('p', {class: 'mono soft'}, `shrunk from ${finding.shrunk_from}`),
    commandLine(finding.replay),
    finding.evidence === '' ? '' : h('p', {class: 'mono soft'}, `data in ${finding.evidence}`));
}

function moreLine(kernel, found, shown) {
  const leftOut = findings(kernel.counts) - kernel.findings.length;
  const parts = [];
  if (found > shown) {
    const next = Math.min(moreShown, found - shown);
    parts.push(h('button', {type: 'button', class: 'show-more', onclick: () => { shownOf.set(kernel.name, shown + next); render(); }},
      `show ${grouped(next)} more`), h('span', {class: 'soft'}, `${grouped(shown)} of ${grouped(found)} shown`));
  }
  if (leftOut > 0) parts.push(h('span', {class: 'soft'}, `${counted(leftOut, 'further finding')} only in the journal`));
  return parts.length > 0 ? h('div', {class: 'more'}, parts) : '';
}

/** The conditions under which the kernel fails. */
function conditionLines(kernel) {
  const lines = kernel.conditions.map((text, i) => (i === 0 ? '' : 'also ') + text);
  return h('p', {class: 'conditions soft'}, lines.length > 0 ? lines.map((line) => h('span', {class: 'condition'}, line, h('br')))
    : 'No pattern found in where it fails.');
}

function kernelFindings(kernel, found, place) {
  const shown = Math.min(found.length, shownOf.get(kernel.name) || firstShown);
  const counts = findingOutcomes.filter((outcome) => count(kernel.counts, outcome) > 0)
    .map((outcome) => `${grouped(count(kernel.counts, outcome))} ${outcome}`).join(', ');
  const isOpen = unfolded.has(kernel.name) ? unfolded.get(kernel.name) : place < groupsOpen;
  const group = h('details', {class: 'kernel', open: isOpen ? '' : undefined},
    h('summary', null, h('strong', null, kernel.name), h('span', {class: 'is-bad'}, counts),
      h('span', {class: 'soft'}, ` of ${counted(ran(kernel.counts), 'trial')}`)),
    conditionLines(kernel),
    found.slice(0, shown).map(findingCard), moreLine(kernel, found.length, shown));
  group.addEventListener('toggle', () => unfolded.set(kernel.name, group.open));
  return group;
}

function cellNotice() {
  if (!wanted.cell) return '';
  const {kernel, feature} = wanted.cell;
  return h('p', {class: 'note'}, `Only findings of ${kernel.name} with ${feature.name}. `,
    h('button', {type: 'button', onclick: () => { wanted.cell = null; render(); }}, 'show all'));
}

function findingsSection() {
  if (data.kernels.every((kernel) => findings(kernel.counts) === 0)) return [];
  const groups = data.kernels.map((kernel) => [kernel, kernel.findings.filter((finding) => findingWanted(kernel, finding))])
    .filter(([, found]) => found.length > 0)
    .map(([kernel, found], place) => kernelFindings(kernel, found, place));
  return [h('h2', {id: 'findings'}, 'Findings'), cellNotice(),
    groups.length > 0 ? groups : h('p', {class: 'soft'}, 'No finding matches the filter.')];
}
