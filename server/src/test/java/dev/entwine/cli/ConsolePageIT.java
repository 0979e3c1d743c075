package dev.entwine.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.entwine.cli.RunningConsole.Answer;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** The page in a real browser, on a real engine: each view, each action, both roles, and what is lost on the way. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class ConsolePageIT {
    private static final int TAB = 9;
    private static final int ENTER = 13;

    private Pair pair;
    private RunningConsole console;
    private Browser browser;

    @BeforeAll
    void start() throws Exception {
        assumeTrue(
                Browser.installed().isPresent(),
                "NO BROWSER: there is no chromium on the PATH, so the page is not tested; install it");
        pair = Pair.open();
        pair.both("CREATE TABLE public.customer (id int PRIMARY KEY, name text, city text);"
                + "ALTER TABLE public.customer REPLICA IDENTITY FULL;"
                + "CREATE TABLE public.ticket (id int PRIMARY KEY, state text);"
                + "CREATE TABLE public.price (id int PRIMARY KEY, amount int)");
        pair.east("INSERT INTO public.customer SELECT i, 'Customer ' || i, 'Bergen' FROM generate_series(1, 30) i;"
                + "INSERT INTO public.ticket SELECT i, 'new' FROM generate_series(1, 5) i;"
                + "INSERT INTO public.price SELECT i, 10 FROM generate_series(1, 5) i");
        pair.withTables("  - match: public.ticket\n    on_conflict: manual\n  - match: public.*\n");
        Pair.Result made = pair.run("init", "--copy-from", "east");
        assertThat(made.exitCode()).as(made.all()).isZero();
        console = RunningConsole.on(pair);
        browser = Browser.start();
    }

    @AfterAll
    void stop() throws Exception {
        if (pair != null) {
            browser.close();
            console.close();
            pair.close();
        }
    }

    private String collide(String table, String column, int id, String east, String west) throws Exception {
        String sql = "UPDATE public." + table + " SET " + column + " = ? WHERE id = " + id;
        try (Connection one = pair.server("east").connect(pair.database());
                Connection other = pair.server("west").connect(pair.database());
                var first = one.prepareStatement(sql);
                var second = other.prepareStatement(sql)) {
            one.setAutoCommit(false);
            other.setAutoCommit(false);
            first.setString(1, east);
            second.setString(1, west);
            first.executeUpdate();
            second.executeUpdate();
            one.commit();
            other.commit();
        }
        String filter = "/api/conflicts?limit=500&table=public." + table;
        return console.await(
                        filter,
                        found -> found.path("entries")
                                .path(0)
                                .path("key")
                                .path("id")
                                .asString("")
                                .equals("" + id))
                .path("entries")
                .path(0)
                .path("id")
                .asString();
    }

    private void inStep() throws Exception {
        Pair.Result waited = pair.run("wait");
        assertThat(waited.exitCode()).as(waited.all()).isIn(0, 3);
    }

    private void enter() throws Exception {
        browser.forget();
        browser.open(console.invitation());
        browser.awaitText("Overview");
        browser.await("document.getElementById('verdict')");
    }

    private void enterAs(String role) throws Exception {
        Answer invited = console.post(RunningConsole.OPERATOR, "/api/invitations", "{\"role\":\"" + role + "\"}");
        browser.forget();
        browser.open(console.url("/#setup=" + invited.json().path("token").asString()));
        browser.await("document.getElementById('verdict')");
    }

    @Test
    @Order(1)
    void somebody_who_has_read_nothing_finds_what_was_lost_and_brings_it_back() throws Exception {
        collide("customer", "city", 7, "Narvik", "Alta");
        inStep();
        String stands = pair.value("east", "SELECT city FROM public.customer WHERE id = 7");
        String lost = stands.equals("Alta") ? "Narvik" : "Alta";
        enter();
        browser.awaitText("In step");
        browser.awaitText("customer id 7");
        browser.awaitText("“" + lost + "”");
        browser.click("Both versions");
        browser.await("document.getElementById('detail').innerText.includes('Both sites changed the same row')");
        assertThat(browser.text()).contains("Narvik", "Alta", "Bergen", "Customer 7", "latest");
        browser.await("[...document.querySelectorAll('tr.differs')].length === 1");
        browser.click("Bring ");
        browser.awaitText("brought back");
        browser.awaitText("Done: set city");
        inStep();
        for (String site : List.of("east", "west")) {
            assertThat(pair.value(site, "SELECT city FROM public.customer WHERE id = 7"))
                    .isEqualTo(lost);
        }
        browser.click("Keep " + (stands.equals("Alta") ? "west" : "east"));
        browser.awaitText("Kept");
        inStep();
        assertThat(pair.value("west", "SELECT city FROM public.customer WHERE id = 7"))
                .isEqualTo(stands);
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    @Order(2)
    void open_conflicts_come_first_and_are_decided_one_or_many() throws Exception {
        collide("ticket", "state", 1, "sold", "refunded");
        collide("ticket", "state", 2, "sold", "refunded");
        collide("ticket", "state", 3, "sold", "refunded");
        collide("customer", "city", 8, "Oslo", "Hamar");
        inStep();
        enter();
        browser.awaitText("3 conflicts wait for your decision");
        browser.click("Decide");
        browser.await("document.querySelectorAll('tr[data-id]').length === 3");
        browser.open(console.url("/#/conflicts"));
        browser.await("document.querySelectorAll('tr[data-id]').length >= 4");
        assertThat(browser.value("document.querySelector('tr[data-id]').innerText"))
                .contains("open");
        browser.clickAt(
                "[...document.querySelectorAll('tr[data-id] button')].find(e => e.innerText.includes('ticket id 1'))");
        browser.click("Keep east");
        browser.awaitText("Done: ");
        browser.await("document.getElementById('detail').innerText.includes('decided')");
        for (int id : List.of(2, 3)) {
            browser.clickAt(
                    "[...document.querySelectorAll('input[type=checkbox]')].find(e => e.ariaLabel.endsWith('ticket id "
                            + id + "'))");
        }
        browser.awaitText("2 chosen");
        browser.clickAt("[...document.querySelectorAll('#main .split > section:first-child .actions button')].find(e =>"
                + " e.innerText === 'Keep west')");
        browser.awaitText("Done for 2 conflicts");
        inStep();
        assertThat(pair.value("west", "SELECT string_agg(state, ' ' ORDER BY id) FROM public.ticket WHERE id < 4"))
                .isEqualTo("sold refunded refunded");
        browser.await("![...document.querySelectorAll('.badge')].some(e => e.innerText === 'open')");
        browser.value("document.querySelector('select[name=table]').value = 'public.customer'");
        browser.click("Filter");
        browser.await("[...document.querySelectorAll('tr[data-id]')].every(e => e.innerText.includes('customer')) &&"
                + " location.hash.includes('public.customer')");
    }

    @Test
    @Order(2)
    void a_row_is_edited_and_applied() throws Exception {
        String id = collide("customer", "city", 12, "Edit east", "Edit west");
        inStep();
        enter();
        browser.open(console.url("/#/conflicts?id=" + id));
        browser.click("Edit");
        browser.await("document.querySelector('form input[name=city]').offsetParent");
        browser.value("document.querySelector('form input[name=city]').select()");
        browser.clickAt("document.querySelector('form input[name=city]')");
        browser.value("document.querySelector('form input[name=city]').select()");
        browser.type("Kirkenes");
        browser.click("Apply");
        browser.awaitText("Done: set city");
        browser.awaitText("with values of their own");
        inStep();
        for (String site : List.of("east", "west")) {
            assertThat(pair.value(site, "SELECT name || ' ' || city FROM public.customer WHERE id = 12"))
                    .isEqualTo("Customer 12 Kirkenes");
        }
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    @Order(3)
    void what_comes_in_is_shown_while_it_comes() throws Exception {
        enter();
        collide("customer", "city", 9, "Live east", "Live west");
        browser.awaitText("customer id 9");
        try (Connection connection = pair.server("east").connect(pair.database());
                Statement statement = connection.createStatement()) {
            for (int i = 0; i < 100; i++) {
                statement.execute("UPDATE public.price SET amount = amount + 1 WHERE id = 1");
                Thread.sleep(20);
            }
        }
        browser.await("[...document.querySelectorAll('.chart path')].some(e => e.getAttribute('d').length > 20)");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    @Order(4)
    void rows_that_are_made_to_look_like_something_else_do_no_harm() throws Exception {
        String markup = "<img src=x onerror=\"document.title='broken in'\"><script>document.title='broken in'</script>";
        String id = collide("customer", "name", 10, markup, "a\u202etxt.exe b\u0007c");
        collide("customer", "name", 11, "x".repeat(3_000_000), "'; DROP TABLE customer; --");
        inStep();
        enter();
        browser.awaitText("customer id 11");
        browser.open(console.url("/#/conflicts?id=" + id));
        browser.await("document.getElementById('detail').innerText.includes('onerror')");
        browser.await("document.getElementById('detail').innerText.includes('U+202E')");
        assertThat(browser.text()).contains("<img src=x onerror=", "U+0007");
        assertThat(browser.value("document.querySelectorAll('main img, main script').length"))
                .isEqualTo("0");
        browser.clickAt(
                "[...document.querySelectorAll('tr[data-id] button')].find(e => e.innerText.includes('customer id"
                        + " 11'))");
        browser.await("document.getElementById('detail').innerText.includes('characters')");
        assertThat(browser.value("document.title")).isEqualTo("Conflicts · Entwine");
        assertThat(Integer.parseInt(browser.value("document.documentElement.outerHTML.length")))
                .isLessThan(500_000);
        assertThat(browser.value("document.documentElement.scrollWidth <= window.innerWidth"))
                .isEqualTo("true");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    @Order(5)
    void tables_are_verified_and_repaired() throws Exception {
        inStep();
        enter();
        browser.click("Tables");
        browser.awaitText("public.price");
        browser.click("Verify all tables");
        browser.awaitText("all tables: 3 compared");
        assertThat(browser.text()).contains("equal");
        plantDifference();
        browser.clickAt("document.querySelector('button[aria-label=\"verify public.price\"]')");
        browser.awaitText("1 rows differ");
        browser.value("document.querySelector('select').value = 'east'");
        browser.click("Plan a repair");
        browser.awaitText("How it would be repaired");
        browser.awaitText("Repair 1 rows so");
        browser.click("Repair 1 rows so");
        browser.awaitText("Repaired");
        inStep();
        assertThat(pair.value("west", "SELECT amount FROM public.price WHERE id = 5"))
                .isEqualTo(pair.value("east", "SELECT amount FROM public.price WHERE id = 5"));
        assertThat(browser.complaints()).isEmpty();
    }

    /** What is written under an origin is not in the log that the engine reads. */
    private void plantDifference() throws Exception {
        pair.west("SELECT pg_replication_origin_create('behind_" + pair.database() + "');"
                + "SELECT pg_replication_origin_session_setup('behind_" + pair.database() + "');"
                + "UPDATE public.price SET amount = 4711 WHERE id = 5;"
                + "SELECT pg_replication_origin_session_reset();"
                + "SELECT pg_replication_origin_drop('behind_" + pair.database() + "')");
    }

    @Test
    @Order(6)
    void a_site_is_paused_and_resumed() throws Exception {
        enter();
        browser.click("Sites");
        browser.awaitText("PostgreSQL");
        browser.awaitText("as here");
        browser.click("Check rights and settings");
        browser.awaitText("Rights, settings and tables");
        browser.awaitText("ready");
        browser.click("Pause what comes to west");
        browser.awaitText("Changes of other sites wait for west now");
        browser.awaitText("paused");
        pair.east("UPDATE public.price SET amount = 77 WHERE id = 2");
        browser.await("[...document.querySelectorAll('td')].some(e => e.innerText === 'paused')");
        assertThat(pair.value("west", "SELECT amount FROM public.price WHERE id = 2"))
                .isNotEqualTo("77");
        browser.click("Overview");
        browser.awaitText("Not in step");
        browser.awaitText("Changes of east to west are paused");
        browser.click("Resume");
        browser.click("Resume what comes to west");
        pair.await("west", "SELECT amount = 77 FROM public.price WHERE id = 2");
    }

    @Test
    @Order(7)
    void what_a_database_refused_is_sent_again_or_given_up() throws Exception {
        pair.west("ALTER TABLE public.price ADD CONSTRAINT dear CHECK (amount < 1000)");
        pair.east("UPDATE public.price SET amount = 5000 + id WHERE id IN (3, 4)");
        pair.await("west", "SELECT count(*) = 2 FROM entwine.parked");
        enter();
        browser.click("Parked");
        browser.awaitText("public.price id 3");
        browser.awaitText("the row breaks a check that only this site has");
        String sendAgain = "[...document.querySelectorAll('tr')].find(e => e.innerText.includes('price id 3'))"
                + ".querySelector('button.main')";
        browser.clickAt(sendAgain);
        browser.awaitText("the database of site west refuses it again");
        pair.west("ALTER TABLE public.price DROP CONSTRAINT dear");
        browser.clickAt(sendAgain);
        browser.awaitText("as site east has it; it is so now");
        browser.await("!document.querySelector('main').innerText.includes('price id 3')");
        browser.click("Discard …");
        browser.awaitText("The row becomes everywhere what west has");
        browser.clickAt("document.querySelector('input[name=reason]')");
        browser.type("too dear");
        browser.click("Discard it");
        browser.awaitText("Nothing is parked.");
        inStep();
        for (String site : List.of("east", "west")) {
            assertThat(pair.value(
                            site,
                            "SELECT string_agg(amount::text, ' ' ORDER BY id) FROM public.price WHERE id IN (3, 4)"))
                    .isEqualTo("5003 10");
            assertThat(pair.value(site, "SELECT reason FROM entwine.conflict WHERE policy = 'discard'"))
                    .contains("given up: too dear; repaired by ", " at the console of ");
        }
        assertThat(console.get(RunningConsole.OPERATOR, "/api/audit").text())
                .contains("/api/parked/retry", "west/", "/api/parked/discard", "too dear");
        assertThat(console.post(RunningConsole.VIEWER, "/api/parked/retry", "{\"ids\":[\"west/1\"]}")
                        .status())
                .isEqualTo(403);
        assertThat(console.post(RunningConsole.OPERATOR, "/api/parked/discard", "{\"ids\":[\"west/1\"]}")
                        .status())
                .as("without a reason")
                .isEqualTo(400);
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    @Order(7)
    void a_row_tells_its_story_and_the_other_views_are_there() throws Exception {
        enter();
        browser.open(console.url("/#/row?table=customer&key=7"));
        browser.awaitText("the same everywhere");
        browser.awaitText("What happened to it");
        assertThat(browser.text()).contains("Both sites changed the same row");
        browser.click("Forecast");
        browser.awaitText("Collisions an hour");
        browser.awaitText("By table");
        browser.click("Parked");
        browser.awaitText("Nothing is parked.");
        browser.click("Access");
        browser.awaitText("Invite somebody");
        browser.awaitText("/api/conflicts/decide");
        browser.click("Invite a viewer");
        browser.awaitText("#setup=");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    @Order(8)
    void a_viewer_sees_no_values_and_no_buttons() throws Exception {
        enterAs("viewer");
        browser.awaitText("You are a viewer");
        for (String view : List.of("overview", "conflicts", "tables", "sites", "parked", "forecast")) {
            browser.open(console.url("/#/" + view));
            browser.await("location.hash === '#/" + view + "' && !document.body.innerText.includes('Loading …')");
            assertThat(browser.text())
                    .as(view)
                    .doesNotContain("Bring ", "Pause what", "Verify all", "Plan a repair", "Narvik", "onerror");
        }
        browser.open(console.url("/#/conflicts"));
        browser.clickAt("document.querySelector('tr[data-id] button')");
        browser.awaitText("Values of rows are not shown to viewers");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    @Order(9)
    void it_is_used_with_the_keyboard_alone_and_fits_a_telephone() throws Exception {
        enter();
        browser.press("Tab", TAB);
        assertThat(browser.value("document.activeElement.innerText")).isEqualTo("Skip to the content");
        for (int i = 0;
                i < 30 && !browser.value("document.activeElement.innerText").startsWith("Conflicts");
                i++) {
            browser.press("Tab", TAB);
        }
        browser.press("Enter", ENTER);
        browser.await("location.hash === '#/conflicts'");
        browser.await("document.querySelectorAll('tr[data-id]').length > 0");
        browser.size(390, 800);
        for (String view : List.of("overview", "conflicts", "tables", "sites", "forecast", "access")) {
            browser.open(console.url("/#/" + view));
            browser.await("location.hash === '#/" + view + "' && !document.body.innerText.includes('Loading …')");
            assertThat(browser.value("document.documentElement.scrollWidth <= window.innerWidth"))
                    .as(view + " is no wider than the screen")
                    .isEqualTo("true");
        }
        browser.size(1280, 900);
    }

    @Test
    @Order(10)
    void the_engine_ends_and_comes_back_and_the_page_says_so() throws Exception {
        enter();
        browser.awaitText("In step");
        console.stopEngine();
        browser.awaitText("The engine does not run here");
        console.startEngine();
        browser.awaitText("In step");
    }

    @Test
    @Order(11)
    void a_session_that_has_ended_asks_for_a_token() throws Exception {
        enter();
        console.letPass(Duration.ofHours(13));
        browser.awaitText("Your session has ended");
        String link = console.invitation();
        browser.clickAt("document.querySelector('input[name=token]')");
        browser.type(link.substring(link.indexOf("#setup=")));
        browser.press("Enter", ENTER);
        browser.await("document.getElementById('verdict')");
        browser.click("Leave");
        browser.awaitText("You have left.");
        assertThat(console.send(console.request("/api/session")
                                .header("Cookie", "entwine_session=" + "x")
                                .DELETE())
                        .status())
                .isEqualTo(200);
        assertThat(console.send(console.request("/api/session")
                                .header("Origin", "http://evil.example")
                                .method("DELETE", HttpRequest.BodyPublishers.noBody()))
                        .status())
                .isEqualTo(403);
    }

    @Test
    @Order(12)
    void a_console_that_is_gone_is_told_and_one_that_comes_back_asks_who_is_there() throws Exception {
        enter();
        int port = console.port();
        console.stopConsole();
        browser.awaitText("The connection to the console is lost");
        String folder = System.getProperty("console.shots", "");
        if (!folder.isEmpty()) {
            browser.screenshot(Path.of(folder, "lost.png"));
        }
        console.startConsole(port);
        browser.awaitText("Your session has ended");
    }
}
