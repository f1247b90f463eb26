// Rank what the search of the site finds, tools/docs_site.py: whoever asks at night wants the runbook, or the error.
// Copyright (c) 2026, resilience.drs contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
var Scorer = { // Sphinx declares it so as well, where nobody has
  score: ([docname, title, anchor, description, score]) => {
    const places = [
      [/^docs\/runbooks\//, 12],
      [/^docs\/(start|troubleshooting)$/, 10],
      [/^docs\/(concepts|iam|inventory|plans)$/, 4],
      [/^(docs\/(architecture|requirements)|CONTRIBUTING)$/, -10],
      [/^collections\/.*_module$/, -4],
    ];
    const place = places.find(([pattern]) => pattern.test(docname));
    return score + (place ? place[1] : 0);
  },
  // the rest is as Sphinx has it
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
