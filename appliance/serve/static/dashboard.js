// Pages are whole without this script. It keeps the first page fresh, and says so loudly when it no longer can.
(() => {
  "use strict";
  const EVERY = 30000, LATE = 10000;
  const lost = document.querySelector(".lost");
  let since = new Date();

  function say(missing) {
    lost.textContent = missing ? document.body.dataset.lost.replace("{time}", since.toLocaleString(document.documentElement.lang)) : "";
    lost.hidden = !missing;
  }

  async function refresh() {
    try {
      const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(LATE) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("main");
      if (!fresh) throw new Error("not a page of the dashboard");
      const main = document.getElementById("main");
      if (!main.contains(document.activeElement) || document.activeElement === main) {
        if (fresh.innerHTML !== main.innerHTML) main.replaceWith(document.adoptNode(fresh));
        document.querySelector("footer").replaceWith(document.adoptNode(page.querySelector("footer")));
        document.title = page.title;
      }
      since = new Date();
      say(false);
    } catch {
      say(true);
    }
  }

  if (document.body.classList.contains("live")) {
    setInterval(refresh, EVERY);
    document.addEventListener("refresh", refresh);
  }
})();
