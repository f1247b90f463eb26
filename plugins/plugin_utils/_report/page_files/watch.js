// -- a page that is written while its run goes on -----------------------------------------------------------------
// It reads itself again, says how old it is by the clock of this machine, and says so when nobody writes it any more.
(function () {
  var box = document.getElementById("watching");
  if (!box) { return; }
  var written = Date.parse(box.getAttribute("data-written")), every = Number(box.getAttribute("data-every")) * 1000;
  var over = box.getAttribute("data-over") === "yes", button = document.getElementById("refresh");
  var told = box.querySelector("[data-age]"), stale = box.querySelector(".stale"), stopped = false;

  function busy() {
    return stopped || Array.prototype.some.call(all("[data-filter]"), function (one) { return one.value !== ""; }) ||
      all("details[open]").length > 0;
  }
  function tell() {
    var age = (Date.now() - written) / 1000, when = moment(box.getAttribute("data-written")) + " UTC";
    if (over) { told.textContent = "This page is final; it was written " + when + "."; return; }
    told.textContent = age < 0 ? "Written " + when + ", which the clock of this machine has not reached." :
      "Written " + duration(age) + " ago, " + when + (busy() ? "; not refreshed while you work with it." : ".");
    var late = age > Math.max(60, 3 * every / 1000) && !busy();
    stale.textContent = late ? "STALE: nobody writes this page any more. The run may have ended: start the watch again." : "";
    stale.classList.toggle("bad", late);
  }
  if (over) { button.hidden = true; } else {
    setInterval(function () { if (!busy()) { window.location.reload(); } }, every);
    setInterval(tell, 1000);
  }
  button.addEventListener("click", function () {
    stopped = !stopped;
    button.setAttribute("aria-pressed", stopped ? "true" : "false");
    tell();
  });
  tell();
})();
