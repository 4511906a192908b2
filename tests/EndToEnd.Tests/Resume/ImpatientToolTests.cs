using Headgate.EndToEnd.Tests.Copy;
using Headgate.EndToEnd.Tests.Faults;

namespace Headgate.EndToEnd.Tests.Resume;

/// <summary>
/// A backup's gateway dies, and the tool gives up rather than try again over the other one. restic itself tries again for minutes, so here it is started by a script of that name that
/// ends it at the first error.
/// </summary>
public sealed class ImpatientToolTests
{
    private const int Bytes = 32 << 20;

    /// <summary>Ends with 1 when restic says that it will try something again, else as restic does.</summary>
    private const string Script =
        """
        #!/bin/bash
        PATH=${PATH#*:}
        said=$(mktemp)
        restic "$@" 2> "$said" &
        while kill -0 $! 2> /dev/null; do
            if grep -q 'retrying after' "$said"; then
                kill -KILL $!
                wait $!
                cat "$said" >&2
                rm "$said"
                echo 'gave up' >&2
                exit 1
            fi
            sleep 0.1
        done
        wait $!
        code=$?
        cat "$said" >&2
        rm "$said"
        exit $code

        """;

    [Fact]
    public async Task Backup_WhenItsGatewayDiesAndItsToolGivesUp_FailsTheAttemptAndSucceedsOverTheOtherAsThePortalShows()
    {
        await using var world = await World.StartAsync();
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var source = await desk.FilesAsync("source", files: 8, bytesEach: Bytes / 8);
        var script = Path.Combine(Directory.CreateDirectory(Path.Combine(desk.Folder, "bin")).FullName, "restic");
        await File.WriteAllTextAsync(script, Script);
        (await Tool.RunAsync("chmod", ["+x", script])).Succeeded();
        var carrier = await Carrier.WatchAsync(world);
        await using var run = desk.StartRun(
            "nightly", ["backup", "--limit-upload", "4096", source], ["--kind", "backup"], path: Path.GetDirectoryName(script));
        var victim = await carrier.PastAsync(Bytes / 4, run);
        var survivor = world.GatewayNames.Single(name => name != victim);
        await world[victim].KillAsync();
        var finished = (await run.EndAsync()).Succeeded();
        Assert.Contains("gave up", finished.Error, StringComparison.Ordinal);

        var recorded = await Jobs.LastRunAsync(tenant, "nightly");
        Assert.Equal("SUCCEEDED", Jobs.StatusOf(recorded));
        var attempts = Jobs.AttemptsOf(recorded);
        Assert.Equal([1, 0], attempts.Select(attempt => attempt.GetProperty("exitCode").GetInt32()));
        var why = Jobs.ReasonOf(attempts[0])!;
        Assert.Matches(@"^restic backup ended with exit code 1; .*\d+ connections were lost", why);
        Assert.Equal(victim, attempts[0].GetProperty("path")[0].GetProperty("gateway").GetString());
        Assert.Equal(survivor, Assert.Single(attempts[1].GetProperty("path").EnumerateArray()).GetProperty("gateway").GetString());
        var snapshot = Jobs.SnapshotOf(recorded)!;
        Assert.Matches("^[0-9a-f]{64}$", snapshot);

        // The same on the page that the provider looks at, and on the tenant's own.
        using var administrator = SiteClient.Portal(world);
        await administrator.SignInFirstAsync("root", await SitesFixture.AddAsync(world, "root"), SitesFixture.Password);
        await using (var page = await Circuit.ShowAsync(administrator, "/jobs/acme/nightly"))
        {
            foreach (var text in new[] { "Attempt 1 ", "exit code 1", why, victim, "Attempt 2 ", "exit code 0", survivor, snapshot, "Succeeded" })
            {
                await page.UntilAsync(text);
            }
        }

        using var tenants = SiteClient.Tenants(world.AddressOf(survivor), await world.AuthorityFileAsync());
        await tenants.SignInFirstAsync("anna", await SitesFixture.AddAsync(world, "anna", "--tenant", "acme"), SitesFixture.Password);
        await using (var page = await Circuit.ShowAsync(tenants, "/jobs/nightly"))
        {
            foreach (var text in new[] { why, victim, survivor, "Succeeded" })
            {
                await page.UntilAsync(text);
            }
        }

        await CopyRun.SameAsync(tenant, desk, source);
    }
}
