// What only the browser can do for the pages: theme, clipboard, files, and the ticket of a renewed session. No page needs it to be read.
(() => {
    "use strict";
    const root = document.documentElement;

    const isDark = () => root.dataset.theme === "dark" || (root.dataset.theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);

    function setTheme(theme) {
        root.dataset.theme = theme;
        document.querySelector("meta[name=color-scheme]").content = theme;
        for (const sheet of document.querySelectorAll("link[data-theme-sheet]")) {
            sheet.media = sheet.dataset.themeSheet === theme ? "all" : "not all";
        }
        document.cookie = `headgate-theme=${theme}; path=/; max-age=31536000; samesite=lax; secure`;
    }

    async function copy(button) {
        const label = button.querySelector("[data-copy-label]");
        const before = label.textContent;
        try {
            await navigator.clipboard.writeText(button.dataset.copy);
            label.textContent = "Copied";
        } catch {
            label.textContent = "Select and copy it";
        }
        setTimeout(() => { label.textContent = before; }, 2000);
    }

    document.addEventListener("click", event => {
        if (event.target.closest("[data-theme-switch]")) {
            setTheme(isDark() ? "light" : "dark");
        }
        const button = event.target.closest("[data-copy]");
        if (button) {
            copy(button);
        }
        if (event.target.closest("[data-print]")) {
            window.print();
        }
        for (const details of document.querySelectorAll("details[data-close-outside][open]")) {
            if (!details.contains(event.target) || event.target.closest("a")) {
                details.open = false;
            }
        }
    });

    // The circuit of this page is gone for good, such as after a restart of the server: begin again.
    new MutationObserver(() => {
        const modal = document.getElementById("components-reconnect-modal");
        if (modal && modal.classList.contains("components-reconnect-rejected")) {
            location.reload();
        }
    }).observe(document.body, { attributes: true, subtree: true, attributeFilter: ["class"] });

    window.headgate = {
        async sessionTicket() {
            const answer = await fetch("/session/ticket", { cache: "no-store", redirect: "manual" });
            return answer.ok ? await answer.text() : null;
        },
        saveText(name, text) {
            const link = document.createElement("a");
            link.href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
            link.download = name;
            link.click();
            setTimeout(() => URL.revokeObjectURL(link.href), 10000);
        },
    };
})();
