"use strict";
{
  const button = document.getElementById("copy-document");
  const source = document.getElementById("layerscope-document").textContent.trim();
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source);
    } catch {
      // A page opened from disk may be refused the clipboard; a selection serves every browser.
      const area = document.createElement("textarea");
      area.value = source;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    button.textContent = "Copied";
  });
}
