// SPDX-License-Identifier: Apache-2.0
const sections = h('div');

function render() {
  sections.replaceChildren(...[kernelsSection(), findingsSection(), matrixSection(), agreementSection(), coverageSection(),
    profilesSection(), reasonsSection('unsupported', 'Why unsupported'), reasonsSection('not_tried', 'Why not tried'),
    reasonsSection('mistrusted', 'Why mistrusted'), runsSection()].flat(2)
    .filter((node) => node !== ''));
}

function filterBox() {
  const input = h('input', {type: 'search', id: 'filter', placeholder: 'Filter kernels, trials, reasons: e.g. winograd grad_input f16', 'aria-label': 'Filter'});
  let pending = 0;
  input.addEventListener('input', () => {
    clearTimeout(pending);
    pending = setTimeout(() => {
      wanted.words = input.value.toLowerCase().split(/\s+/).filter((word) => word !== '');
      render();
    }, 120);
  });
  return h('div', {class: 'filter'}, input);
}

function mergeNote() {
  if (data.runs.length < 2) return '';
  const killed = data.runs.filter((run) => !run.ended).length;
  return h('p', {class: 'note', id: 'merged'}, `Merged from ${counted(data.runs.length, 'journal')}` +
    (killed > 0 ? `; ${grouped(killed)} of them ended early because the run was killed.` : '.'));
}

function regressionsNote() {
  return data.regressions === '' ? '' : h('p', {class: 'note', id: 'regressions'}, data.regressions);
}

document.getElementById('main').append(mergeNote(), regressionsNote(), filterBox(), sections);
render();
