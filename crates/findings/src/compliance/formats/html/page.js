"use strict";
(function () {
  var form = document.getElementById("filter");
  if (!form) { return; }
  var fields = {};
  ["severity", "area", "verdict", "account-choice", "search"].forEach(function (id) {
    fields[id] = document.getElementById(id);
  });
  var shown = document.getElementById("shown");
  var groups = Array.prototype.map.call(document.querySelectorAll("details.control"), function (element) {
    var rows = Array.prototype.map.call(element.querySelectorAll("tbody.rows > tr"), function (row) {
      return { element: row, account: row.getAttribute("data-account"), text: row.textContent.toLowerCase() };
    });
    return {
      element: element,
      severity: element.getAttribute("data-severity"),
      area: element.getAttribute("data-area"),
      verdict: element.getAttribute("data-verdict"),
      text: element.querySelector("summary").textContent.toLowerCase(),
      rows: rows
    };
  });
  function agrees(field, value) {
    var wanted = fields[field].value;
    return wanted === "" || wanted === value;
  }
  function apply() {
    var words = fields.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    var count = 0;
    groups.forEach(function (group) {
      var concerned = agrees("severity", group.severity) && agrees("area", group.area) && agrees("verdict", group.verdict);
      var visible = 0;
      group.rows.forEach(function (row) {
        var matches = concerned && agrees("account-choice", row.account) && words.every(function (word) {
          return row.text.indexOf(word) >= 0 || group.text.indexOf(word) >= 0;
        });
        row.element.hidden = !matches;
        if (matches) { visible += 1; }
      });
      // A group whose rows were all left out shows unless a filter asks for rows.
      var bare = group.rows.length === 0 && concerned && fields["account-choice"].value === "" && words.every(function (word) {
        return group.text.indexOf(word) >= 0;
      });
      group.element.hidden = visible === 0 && !bare;
      count += visible;
    });
    shown.textContent = count + (count === 1 ? " row" : " rows");
  }
  form.addEventListener("input", apply);
  form.addEventListener("change", apply);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("reset", function () { setTimeout(apply, 0); });
  form.hidden = false;
  apply();
})();
