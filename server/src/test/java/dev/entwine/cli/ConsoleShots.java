package dev.entwine.cli;

import java.nio.file.Path;
import java.util.List;

/**
 * Takes the pictures of {@code docs/images} from a running demo: {@code ConsoleShots LINK FOLDER}, with the link that the demo has printed.
 * Not a test.
 */
final class ConsoleShots {
    private ConsoleShots() {}

    public static void main(String[] arguments) throws Exception {
        String link = arguments[0];
        Path folder = Path.of(arguments[1]);
        String base = link.substring(0, link.indexOf("/#"));
        try (Browser browser = Browser.start()) {
            browser.size(1280, 1000);
            browser.open(link);
            browser.await("document.getElementById('verdict')");
            Thread.sleep(45_000); // for charts to have something to show
            for (boolean dark : List.of(false, true)) {
                browser.dark(dark);
                for (String view : List.of("overview", "conflicts", "tables", "sites", "forecast")) {
                    browser.open(base + "/#/" + view);
                    browser.await("location.hash.startsWith('#/" + view
                            + "') && !document.body.innerText.includes('Loading …')");
                    if (view.equals("conflicts")) {
                        browser.clickAt("[...document.querySelectorAll('tr[data-id] button')].find(e =>"
                                + " e.innerText.includes('shop.customer') ||"
                                + " e.innerText.includes('shop.product'))");
                        browser.await("document.querySelector('#detail table')");
                    }
                    Thread.sleep(1_200);
                    browser.screenshot(folder.resolve("console-" + view + (dark ? "-dark" : "-light") + ".png"));
                }
            }
            browser.dark(false);
            browser.size(390, 844);
            browser.open(base + "/#/overview");
            Thread.sleep(2_000);
            browser.screenshot(folder.resolve("console-overview-telephone.png"));
        }
    }
}
