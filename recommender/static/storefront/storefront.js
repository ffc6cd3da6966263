// Everything works without this file; with it, notices can be closed and focus is not lost when a part is swapped.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-dismiss]")) document.getElementById("toast").replaceChildren();
});
document.addEventListener("htmx:afterSettle", () => {
  const next = document.querySelector("[data-focus]");
  next?.focus({ preventScroll: true });
  next?.removeAttribute("data-focus");
});
// A request that failed says so instead of doing nothing.
for (const failure of ["htmx:sendError", "htmx:responseError"]) {
  document.addEventListener(failure, () => {
    const message = document.getElementById("failed").content.cloneNode(true);
    document.getElementById("toast").replaceChildren(message);
  });
}
