// SPDX-License-Identifier: Apache-2.0
/** Every feature as {group, name, key, of(kernel) -> counts}; key is an index, or the name of an open-ended one. */
function allFeatures() {
  const fixed = data.features.map(([group, name], key) => ({group, name: `${group} ${name}`, label: name, key, of: (kernel) => kernel.features[key]}));
  const names = [...new Set(data.kernels.flatMap((kernel) => Object.keys(kernel.named)))].sort();
  const open = names.map((name) => {
    const space = name.indexOf(' ');
    return {group: name.slice(0, space), name, label: name.slice(space + 1), key: name,
      of: (kernel) => kernel.named[name] || data.counts.map(() => 0)};
  });
  return [...fixed, ...open];
}

/** Features of trials that make no call of the kernel: it must refuse, or the judge tests itself. */
function needsNoCall(feature) {
  return feature.group === 'refusal' || feature.name === 'check power' || feature.name === 'check must_refuse';
}
function kindOf(counts, feature) {
  if (findings(counts) > 0) return 'bad';
  if (count(counts, 'mistrusted') > 0 && ran(counts) > 0) return 'mistrusted';
  if (ran(counts) > 0) return 'computed';
  if (needsNoCall(feature) && count(counts, 'uncalled') > 0) return 'uncalled';
  if (count(counts, 'unsupported') > 0) return 'refused';
  if (count(counts, 'uncalled') > 0) return 'uncalled';
  return 'untried';
}
const marks = {bad: (counts) => `✗ ${short(findings(counts))}`, mistrusted: (counts) => `? ${short(count(counts, 'mistrusted'))}`,
  computed: (counts) => short(ran(counts)), uncalled: (counts) => `(${short(count(counts, 'uncalled'))})`, refused: () => '–',
  untried: (counts) => (total(counts) > 0 ? '·' : '')};

function showCounts(text) {
  document.getElementById('cell-text').textContent = text;
}
function cell(kernel, feature) {
  const counts = feature.of(kernel);
  const kind = kindOf(counts, feature);
  const text = `${kernel.name}, ${feature.name}: ${countsText(counts)}`;
  const properties = {class: `cell ${kind}`, title: text, onmouseenter: () => showCounts(text)};
  if (kind !== 'bad') return h('td', null, h('span', properties, marks[kind](counts)));
  const show = () => {
    wanted.cell = {kernel, feature};
    render();
    document.getElementById('findings').scrollIntoView();
  };
  return h('td', null, h('button', {...properties, type: 'button', 'aria-label': text, onfocus: () => showCounts(text), onclick: show}, marks[kind](counts)));
}

function matrixRows(features, kernels) {
  const rows = [];
  let group = '';
  for (const feature of features) {
    if (feature.group !== group) {
      group = feature.group;
      rows.push(h('tr', {class: 'group'}, h('th', {scope: 'rowgroup'}, group), kernels.map(() => h('td', null))));
    }
    rows.push(h('tr', null, h('th', {scope: 'row'}, feature.label), kernels.map((kernel) => cell(kernel, feature))));
  }
  return rows;
}

/** The items that match the filter; all where none does, since the words may be meant for another section. */
function matchingOrAll(items) {
  const found = items.filter((item) => matches(item.name));
  return found.length > 0 ? found : items;
}

function legend() {
  const entries = [['computed', '120', 'computed, all passed'], ['bad', '✗ 3', 'findings'], ['mistrusted', '? 2', 'mistrusted: passed, but the data could not have revealed a fault'],
    ['refused', '–', 'refused by the kernel'], ['uncalled', '(63)', 'passed without a call of the kernel'],
    ['untried', '·', 'not tried']];
  return h('div', {class: 'legend'}, entries.map(([kind, mark, text]) => h('span', null, h('span', {class: `cell ${kind}`}, mark), text)));
}

function matrixSection() {
  const tried = (feature) => data.kernels.some((kernel) => total(feature.of(kernel)) > 0);
  const features = allFeatures();
  const untried = features.filter((feature) => !tried(feature));
  const kernels = matchingOrAll(data.kernels);
  const rows = matchingOrAll(features.filter(tried));
  if (rows.length === 0) return [];
  const head = h('tr', null, h('th', {class: 'corner'}), kernels.map((kernel) => h('th', {scope: 'col'}, h('span', null, kernel.name))));
  return [h('h2', null, 'Kernels and features'), legend(), h('div', null,
    h('div', {class: 'scroll'}, h('table', {id: 'matrix', class: `matrix ${kernels.length > 6 ? 'many' : 'few'}`},
      h('thead', null, head), h('tbody', null, matrixRows(rows, kernels)))),
    h('p', {id: 'cell-text', class: 'soft', 'aria-live': 'polite'}, 'Point at a cell for its counts; choose a red one for its findings.')),
  untried.length > 0 ? h('p', {class: 'soft'}, `Not tried at all: ${untried.map((feature) => feature.name).join(', ')}.`) : ''];
}
