// SPDX-License-Identifier: Apache-2.0
function number(value, kind) {
  return h('td', {class: value === 0 ? 'zero' : kind}, value === 0 ? '–' : grouped(value));
}

function bar(counts) {
  const parts = [['pass', count(counts, 'pass')], ['bad', findings(counts)], ['mistrusted', count(counts, 'mistrusted')],
    ['unsupported', count(counts, 'unsupported') + count(counts, 'not_tried') + count(counts, 'uncalled')]];
  return h('div', {class: 'bar', title: countsText(counts), 'aria-hidden': 'true'},
    parts.filter(([, size]) => size > 0).map(([name, size]) => h('i', {class: name, style: `flex: ${size} 0 0`})));
}

function kernelRow(kernel) {
  const counts = kernel.counts;
  const one = (outcome, kind) => number(count(counts, outcome), kind);
  const worst = kernel.worst_trial === null
    ? h('td', {class: 'zero'}, '–')
    : h('td', {class: kernel.outside ? 'is-bad' : '', title: `at ${kernel.worst_trial}`}, kernel.ratio);
  return h('tr', null, h('th', {class: findings(counts) > 0 ? 'text is-bad' : 'text', scope: 'row'}, kernel.name), h('td', {class: 'bar-column'}, bar(counts)),
    one('calls'), number(ran(counts)), one('pass', 'is-pass'), one('fail', 'is-bad'), one('crashed', 'is-bad'),
    one('hung', 'is-bad'), one('mistrusted', 'is-warn'), one('unsupported'), one('not_tried'),
    one('uncalled'), worst,
    h('td', null, duration(kernel.time_ms)));
}

function kernelsSection() {
  const shown = data.kernels.filter((kernel) => matches(kernel.name));
  const titles = ['calls', 'ran', 'pass', 'fail', 'crashed', 'hung', 'mistrusted', 'unsupported', 'not tried', 'no call', 'worst error / bound', 'time'];
  if (shown.length === 0 && wanted.words.length > 0) return [];
  return [h('h2', null, 'Kernels'),
    shown.flatMap((kernel) => kernel.claim_remarks).map((remark) => h('p', {class: 'note claim-remark'}, remark)),
    h('div', {class: 'scroll'}, h('table', {id: 'kernels'},
      h('thead', null, h('tr', null, h('th', {class: 'text', scope: 'col'}, 'kernel'), h('td', {class: 'bar-column'}),
        titles.map((title) => h('th', {scope: 'col'}, title)))),
      h('tbody', null, shown.map(kernelRow)))),
    data.refusals.map((note) => h('p', {class: 'refusal-note'}, note)),
    data.notes.map((note) => h('p', {class: 'soft table-note'}, note))];
}

/** Which kernels have the same results on the same operands, and how the others differ. */
function agreementSection() {
  const {groups, pairs} = data.agreement;
  const shown = pairs.filter(({first, second}) => matches(`${first} ${second}`));
  if (shown.every(({first}) => first === 'the truth')) return [];
  const counts = ['shared', 'same', 'both_right', 'one_wrong', 'both_wrong', 'uneven'];
  const titles = ['shared trials', 'same values', 'both right', 'one wrong', 'both wrong', 'errors 10× apart'];
  const kinds = {one_wrong: 'is-bad', both_wrong: 'is-bad', uneven: 'is-warn', same: 'is-pass'};
  return [h('h2', null, 'Agreement'),
    groups.map((group) => h('p', {class: 'agreeing'}, 'The same values in every shared trial: ', group.join(', '))),
    h('div', {class: 'scroll'}, h('table', {id: 'agreement'},
      h('thead', null, h('tr', null, h('th', {class: 'text'}, 'pair'), titles.map((title) => h('th', {scope: 'col'}, title)))),
      h('tbody', null, shown.map((pair) => h('tr', null, h('td', {class: 'text'}, `${pair.first} & ${pair.second}`),
        counts.map((name) => number(pair[name], kinds[name]))))))),
    h('p', {class: 'soft table-note'}, 'Shared trials: both have a result. Same values: identical results. ' +
      'Errors 10× apart: both right, one with more than 10 times the error of the other.'),
    shown.filter(({note}) => note !== '').map(({note}) => h('p', {class: 'soft agreement-note'}, note))];
}

/** How many trials with each feature the search carried out, by pass. */
function coverageSection() {
  const shown = data.coverage.filter(({name}) => matches(name));
  if (shown.length === 0) return [];
  const cell = (text) => h('td', {class: /^[0-9]/.test(text) ? '' : 'zero'}, text);
  return [h('h2', null, 'Features covered by the search'),
    h('div', {class: 'scroll'}, h('table', {id: 'coverage'},
      h('thead', null, h('tr', null, h('th', {class: 'text'}, 'feature'),
        ['forward', 'grad_input', 'grad_weights', 'findings'].map((title) => h('th', {scope: 'col'}, title)))),
      h('tbody', null, shown.map((feature) => h('tr', null, h('td', {class: 'text'}, feature.name),
        feature.ran.map(cell), number(feature.findings, 'is-bad')))))),
    h('p', {class: 'soft table-note'}, 'Trials with the feature that some kernel carried out. Beside a tile: one more or one less than a multiple of 8. ' +
      'Flush with forbidden memory: next to a page without access rights.')];
}

/** reason -> {trials, kernels}, most trials first. */
function reasonsOf(key) {
  const reasons = new Map();
  for (const kernel of data.kernels) {
    for (const [reason, trials] of kernel[key]) {
      const entry = reasons.get(reason) || {trials: 0, kernels: []};
      entry.trials += trials;
      entry.kernels.push(kernel.name);
      reasons.set(reason, entry);
    }
  }
  return [...reasons].sort((a, b) => b[1].trials - a[1].trials);
}

function reasonsSection(key, title) {
  const limit = 200;
  const rows = reasonsOf(key).filter(([reason, {kernels}]) => matches(`${reason} ${kernels.join(' ')}`));
  if (rows.length === 0) return [];
  return [h('h2', null, title),
    h('div', {class: 'scroll'}, h('table', {id: key},
      h('thead', null, h('tr', null, h('th', {class: 'text'}, 'reason'), h('th', null, 'trials'), h('th', {class: 'text'}, 'kernels'))),
      h('tbody', null, rows.slice(0, limit).map(([reason, {trials, kernels}]) => h('tr', null,
        h('td', {class: 'text wrap'}, reason), number(trials), h('td', {class: 'text wrap soft'}, kernels.join(', '))))))),
    rows.length > limit ? h('p', {class: 'soft'}, `${grouped(rows.length - limit)} more reasons: use the filter.`) : ''];
}

/** The accuracy profile of each kernel: what it computes with. */
function profilesSection() {
  const rows = data.kernels.flatMap((kernel) => kernel.profiles.map((found) => ({kernel, ...found})))
    .filter(({kernel, profile, found_in}) => matches(`${kernel.name} ${profile} ${found_in.join(' ')}`));
  if (rows.length === 0) return [];
  return [h('h2', null, 'Accuracy profiles'), h('p', {class: 'soft'}, 'What kernels compute with, found out from their results alone.'),
    h('div', {class: 'scroll'}, h('table', {id: 'profiles'},
      h('thead', null, h('tr', null, ['kernel', 'computes with', 'found in'].map((title) => h('th', {class: 'text'}, title)))),
      h('tbody', null, rows.map(({kernel, profile, found_in}) => h('tr', null, h('td', {class: 'text'}, kernel.name),
        h('td', {class: 'text wrap'}, profile), h('td', {class: 'text wrap soft'}, found_in.join(', ')))))))];
}

function runState(run) {
  if (!run.ended) return 'killed before its end';
  return run.interrupted ? 'interrupted' : `ended after ${duration(run.time_s * 1000)}`;
}
function runFacts(run) {
  const facts = [['suite', run.suite], ['seed', run.seed], ['planned', run.trials > 0 ? counted(run.trials, 'trial') : ''],
    ['state', runState(run)], ['journal', run.source], ...run.environment];
  return h('dl', null, facts.filter(([, value]) => value !== '')
    .map(([key, value]) => [h('dt', null, key), h('dd', {class: 'mono'}, value)]));
}
function runsSection() {
  if (data.runs.length === 1) {
    const run = data.runs[0];
    return [h('h2', null, 'Run'), run.arguments === '' ? '' : commandLine(run.arguments), runFacts(run)];
  }
  return [h('h2', null, 'Runs'), data.runs.map((run) => h('details', {class: 'run'},
    h('summary', null, `${run.source || run.arguments}: ${runState(run)}`),
    run.arguments === '' ? '' : commandLine(run.arguments), runFacts(run)))];
}
