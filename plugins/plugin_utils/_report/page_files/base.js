"use strict";
var root = document.documentElement;

function each(list, work) { Array.prototype.forEach.call(list, work); }
function all(selector, under) { return (under || document).querySelectorAll(selector); }

// -- theme and print --------------------------------------------------------------------------------------------
(function () {
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  function theme() { return root.getAttribute("data-theme") || (dark.matches ? "dark" : "light"); }
  each(all("#theme"), function (button) {
    function show() { button.setAttribute("aria-pressed", theme() === "dark" ? "true" : "false"); }
    button.addEventListener("click", function () {
      root.setAttribute("data-theme", theme() === "dark" ? "light" : "dark");
      show();
    });
    dark.addEventListener("change", show);
    show();
  });
  each(all("#print"), function (button) { button.addEventListener("click", function () { window.print(); }); });
})();

// -- words, as words.py has them ---------------------------------------------------------------------------------
function two(number) { return (number < 10 ? "0" : "") + number; }
function duration(seconds) {
  if (typeof seconds !== "number") { return "-"; }
  var total = Math.max(0, Math.ceil(seconds));
  if (total < 60) { return total + "s"; }
  if (total < 3600) { return Math.floor(total / 60) + "m" + two(total % 60) + "s"; }
  if (total < 86400) {
    var minutes = Math.ceil(total / 60);
    return total < 86340 ? Math.floor(minutes / 60) + "h" + two(minutes % 60) + "m" : "1d00h";
  }
  var hours = Math.ceil(total / 3600);
  return Math.floor(hours / 24) + "d" + two(hours % 24) + "h";
}
function moment(time) { return time ? String(time).replace("T", " ").replace("Z", "").split(".")[0] : "-"; }
function percent(value) { return typeof value === "number" ? Math.floor(value * 10) / 10 + " %" : "-"; }
function size(bytes) {
  if (typeof bytes !== "number") { return "-"; }
  var units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"], place = 0;
  while (bytes >= 1024 && place < units.length - 1) { bytes /= 1024; place += 1; }
  return (place === 0 || bytes >= 100 ? Math.floor(bytes) : bytes.toFixed(1)) + " " + units[place];
}

// -- files and clipboard -----------------------------------------------------------------------------------------
function save(name, type, text) {
  var link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: type + ";charset=utf-8" }));
  link.download = name;
  document.body.appendChild(link);
  link.click();
  link.remove();
  setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
}
function copyByHand(text) {
  var field = document.createElement("textarea");
  field.value = text;
  document.body.appendChild(field);
  field.select();
  var done = document.execCommand("copy");
  field.remove();
  return done;
}
// a page that was opened from a file may write to the clipboard in some browsers by the old way alone
function copy(text, told) {
  if (!navigator.clipboard) { told(copyByHand(text)); return; }
  navigator.clipboard.writeText(text).then(function () { told(true); }, function () { told(copyByHand(text)); });
}
