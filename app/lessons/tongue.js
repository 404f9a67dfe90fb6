// Say in which language the page is written: to screen readers, to `:lang()`, and to what chooses between Han glyphs.

export default function ({ data }) {
  const page = document.querySelector("[data-testid='stMain']");
  page?.setAttribute("lang", data);
  return () => page?.removeAttribute("lang");
}
