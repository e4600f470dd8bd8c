// SPDX-License-Identifier: Apache-2.0
'use strict';
// The data that the page was written with; counts are arrays in the order of data.counts: the outcomes, then the others below.
const data = JSON.parse(document.getElementById('data').textContent);
const findingOutcomes = ['fail', 'crashed', 'hung'];
// Passed without a call of the kernel; trials in which it was called and judged; calls.
const otherCounts = ['uncalled', 'ran', 'calls'];
const outcomes = data.counts.filter((name) => !otherCounts.includes(name));
const words = {not_tried: 'not tried', uncalled: 'passed without a call'};

/** An element with properties and children; children are nodes, or text that is never parsed. */
function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== ''));
  return element;
}

function grouped(count) {
  return count.toLocaleString('en-US');
}
function counted(count, noun) {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}
function short(count) {
  if (count < 1000) return String(count);
  if (count < 999500) return `${(count / 1000).toPrecision(count < 9950 ? 2 : 3)}k`.replace('.0k', 'k');
  return `${(count / 1e6).toPrecision(3)}M`;
}
function duration(milliseconds) {
  const seconds = Number(milliseconds) / 1000;
  if (!Number.isFinite(seconds)) return '?';
  if (seconds < 0.0995) return `${(1000 * seconds).toFixed(0)} ms`;
  if (seconds < 59.5) return `${seconds.toFixed(seconds < 9.95 ? 1 : 0)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function count(counts, outcome) {
  return counts[data.counts.indexOf(outcome)];
}
/** Trials. */
function total(counts) {
  return [...outcomes, 'uncalled'].reduce((sum, name) => sum + count(counts, name), 0);
}
function findings(counts) {
  return findingOutcomes.reduce((sum, outcome) => sum + count(counts, outcome), 0);
}
function ran(counts) {
  return count(counts, 'ran');
}
/** "117 pass, 3 fail, 4 unsupported" */
function countsText(counts) {
  const parts = [...outcomes, 'uncalled'].filter((name) => count(counts, name) > 0)
    .map((name) => `${grouped(count(counts, name))} ${words[name] || name}`);
  return parts.length > 0 ? parts.join(', ') : 'not tried';
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'copied';
  } catch {
    getSelection().selectAllChildren(button.previousSibling);  // the reader can still press Ctrl-C
    button.textContent = 'selected';
  }
  setTimeout(() => { button.textContent = 'copy'; }, 1500);
}
function commandLine(text) {
  const button = h('button', {type: 'button', 'aria-label': 'copy the command'}, 'copy');
  button.addEventListener('click', () => copy(text, button));
  return h('div', {class: 'command'}, h('code', null, text), button);
}

/** What the reader has asked to see. */
const wanted = {words: [], cell: null};
function matches(text) {
  const lower = text.toLowerCase();
  return wanted.words.every((word) => lower.includes(word));
}
