// -- begin -------------------------------------------------------------------------------------------------------
root.classList.add("js");
var tables = [];
each(all("[data-table]"), function (box) { tables.push(new Table(box)); });

// what is closed or not shown is not on paper
var before = [];
window.addEventListener("beforeprint", function () {
  if (before.length) { return; }
  tables.forEach(function (table) {
    before.push([table, table.shown]);
    if (table.found) { table.shown = Infinity; table.open = true; table.draw(true); }
  });
  each(all("details:not([open])"), function (one) { one.setAttribute("data-closed", ""); one.open = true; });
});
window.addEventListener("afterprint", function () {
  before.forEach(function (pair) {
    pair[0].shown = pair[1];
    pair[0].open = false;
    if (pair[0].found) { pair[0].apply(); }
  });
  before = [];
  each(all("details[data-closed]"), function (one) { one.removeAttribute("data-closed"); one.open = false; });
});
