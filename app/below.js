() => {
  const place = document.querySelector(".st-key-arbutus-below");
  if (!place) return;
  const whenever = (ready, then) => {
    if (ready()) then();
    else if (place.isConnected) setTimeout(() => whenever(ready, then), 50);
  };
  const button = () => place.querySelector("button");

  // A place that was passed in one leap is near too.
  const margin = { root: place.closest("[data-testid='stMain']"), rootMargin: "1000000px 0px 30% 0px" };
  const near = new IntersectionObserver((seen) => {
    if (!seen.some((of) => of.isIntersecting)) return;
    near.disconnect();
    whenever(button, () => button().click());
  }, margin);

  // While a page is made, everything is near its top for a moment.
  const made = () =>
    document.querySelector("[data-testid='stApp'][data-test-script-state='notRunning']") &&
    !document.querySelector("[data-testid='stSkeleton']") &&
    [...document.querySelectorAll("[data-testid='stPlotlyChart']")].every((plot) => plot.querySelector(".main-svg"));
  whenever(made, () => near.observe(place));
}
