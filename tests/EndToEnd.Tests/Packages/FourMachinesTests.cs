using System.Text.Json;
using Headgate.Testing;

namespace Headgate.EndToEnd.Tests.Packages;

/// <summary>
/// A provider and a tenant from nothing but archives: four machines that are cabled as the zones are, none of which has a .NET. The silo is upgraded first;
/// the others stay as they are and go on.
/// </summary>
[Collection(ArchivesCollection.Name)]
public sealed class FourMachinesTests(Archives archives) : IDisposable
{
    private const string Zone = "demo.test";
    private const string Silo = "10.66.0.1", Gateway = "10.66.0.2", Repository = "10.66.0.3", Tenant = "10.66.0.4";

    private static readonly Dictionary<string, string> s_restic = new()
    {
        ["HEADGATE_DATA"] = "/var/lib/tenant/headgate",
        ["RESTIC_PASSWORD"] = "a password of the tenant's",
        ["RESTIC_CACHE_DIR"] = "/var/lib/tenant/cache",
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Archives_OnFourMachines_BackUpAcrossAnUpgradeOfTheSilo()
    {
        Assert.SkipWhen(Host.Missing is not null, Host.Missing ?? "");
        await using var silo = await Host.StartAsync("silo", Silo);
        await using var edge = await Host.StartAsync("gateway", Gateway);
        await using var storage = await Host.StartAsync("storage", Repository);
        await using var desk = await Host.StartAsync("desk", Tenant);
        await Host.ConnectAsync(edge, silo);
        await Host.ConnectAsync(edge, storage);
        await Host.ConnectAsync(storage, silo);
        await Host.ConnectAsync(desk, edge);
        Assert.NotEqual(0, (await desk.RunAsync($"ping -c 1 -W 1 {Silo} || curl -sk --max-time 2 https://{Silo}:6181/")).ExitCode);

        // The provider.
        (await silo.InstallAsync(archives.Of("server"), $"--zone {Zone} --edge-listen {Silo}:6181 --tenant-listen {Silo}:6182 --portal-listen {Silo}:6184 --site-listen {Silo}:6185")).Succeeded();
        await using var server = await silo.StartServiceAsync("server");
        await using var repository = await JoinAsync(silo, storage, "repository", "repo1", $"{Repository}:6183", $"--listen {Repository}:6183");
        await using var gateway = await JoinAsync(silo, edge, "gateway", "gtw1", $"{Gateway}:6180", $"--listen {Gateway}:6180");
        (await AdminAsync(silo, "tenant add acme")).Succeeded();
        (await AdminAsync(silo, "quota set acme repo1 1GiB")).Succeeded();

        // The tenant.
        (await desk.InstallAsync(archives.Of("connector"))).Succeeded();
        var code = (await AdminAsync(silo, "code connector acme --code-only")).Succeeded().Output.Trim();
        (await HeadgateAsync(desk, $"enroll '{code}' --host-name desk")).Succeeded();
        (await HeadgateAsync(desk, "init --repository repo1")).Succeeded();
        await BackUpAsync(desk, "first", seed: 1);

        // The silo first, then another backup with everything else as it was.
        Assert.Equal(0, await server.StopAsync());
        var upgraded = (await silo.InstallAsync(archives.NewerServer)).Succeeded();
        Assert.Contains(archives.Newer, upgraded.Output, StringComparison.Ordinal);
        Assert.Equal(archives.Newer, (await silo.RunAsync("readlink /opt/headgate/server/current")).Output.Trim());
        await using var newer = await silo.StartServiceAsync("server");
        await AssertSpeaksAsync(edge);
        await Tool.UntilAsync(
            async () => (await edge.RunAsync("headgate-gateway status --data /var/lib/headgate-gateway")).Output is var status
                && JsonDocument.Parse(status).RootElement.GetProperty("siloSilentSeconds").GetDouble() < 3,
            "the old gateway to be heard by the new silo", () => gateway.Log);
        await BackUpAsync(desk, "second", seed: 2);
        var gateways = (await AdminAsync(silo, "gateway list --json")).Succeeded().Output;
        Assert.Contains($"\"{archives.Version}\"", gateways, StringComparison.Ordinal);

        foreach (var name in new[] { "first", "second" })
        {
            var target = Path.Combine(_folder.Path, "restored-" + name);
            (await HeadgateAsync(desk, $"run --job restore --repository repo1 -- restic restore latest --path {_folder[name]} --target {target}")).Succeeded();
            Assert.Equal(await Machine.SumsAsync(_folder[name]), await Machine.SumsAsync(target + _folder[name]));
        }

        // Gone, and with --purge nothing is left.
        Assert.Equal(0, await gateway.StopAsync());
        (await edge.RunAsync("/opt/headgate/gateway/current/uninstall")).Succeeded();
        (await edge.RunAsync("test ! -e /opt/headgate && test ! -e /etc/systemd/system/headgate-gateway.service && test -e /var/lib/headgate-gateway/key.pem")).Succeeded();
        Assert.Equal(0, await repository.StopAsync());

        // The machines share process ids: a service of another one that happens to have the same user id would hold the user.
        Assert.Equal(0, await newer.StopAsync());
        (await storage.RunAsync("/opt/headgate/repository/current/uninstall --purge")).Succeeded();
        (await storage.RunAsync("test ! -e /var/lib/headgate-repository && test ! -e /etc/headgate && ! getent passwd headgate-repository")).Succeeded();
    }

    /// <summary>As an operator does on a host that reaches the edge API only: fetch, compare, unpack, install with the code; then start.</summary>
    private async Task<Daemon> JoinAsync(Host silo, Host host, string program, string id, string address, string options)
    {
        var code = (await AdminAsync(silo, $"{program} add {id} --address {address} --code-only")).Succeeded().Output.Trim();
        var file = Path.GetFileName(archives.Of(program));
        var fetched = Path.Combine(_folder.Path, file);
        (await host.RunAsync($"curl -fsSk -o {fetched} https://{Silo}:6181/downloads/{file} && echo '{Archives.Sha256(archives.Of(program))}  {fetched}' | sha256sum -c")).Succeeded();
        var installed = (await host.InstallAsync(fetched, "--code - " + options, input: code + "\n")).Succeeded();
        Assert.Contains("Enrolled as", installed.Output + installed.Error, StringComparison.Ordinal);

        // The key is the service's alone, and the code was written nowhere.
        (await host.RunAsync($"test $(stat -c %U:%a /var/lib/headgate-{program}) = headgate-{program}:700 && test $(stat -c %U /var/lib/headgate-{program}/key.pem) = headgate-{program}")).Succeeded();
        var secret = code[..code.IndexOf('@', StringComparison.Ordinal)].Split(':')[^1];
        Assert.Equal(1, (await host.RunAsync($"grep -rF {secret} /etc/headgate /etc/systemd /opt/headgate/{program}/current/ /var/lib/headgate-{program}")).ExitCode);
        return await host.StartServiceAsync(program);
    }

    /// <summary>The upgraded silo takes those that are one minor version apart from it, and tells others why it does not.</summary>
    private async Task AssertSpeaksAsync(Host host)
    {
        var minor = int.Parse(archives.Newer.Split('.')[1], System.Globalization.CultureInfo.InvariantCulture);
        var major = archives.Newer.Split('.')[0];
        foreach (var (peer, works) in new[] { (minor, true), (minor - 1, true), (minor + 1, true), (minor - 2, false), (minor + 2, false) })
        {
            var answer = (await host.RunAsync($"curl -sk -i -H 'Headgate-Version: {major}.{peer}' https://{Silo}:6181/v1/authority")).Succeeded().Output;
            Assert.Contains($"headgate-version: {major}.{minor}\n", answer.Replace("\r", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
            Assert.Contains(works ? " 200" : " 426", answer.Split('\n')[0], StringComparison.Ordinal);
            if (!works)
            {
                Assert.Contains($"speaks version '{major}.{peer}', this silo {major}.{minor}", answer.Replace("\\u0027", "'", StringComparison.Ordinal), StringComparison.Ordinal);
            }
        }
    }

    private async Task BackUpAsync(Host desk, string name, int seed)
    {
        var folder = Directory.CreateDirectory(_folder[name]).FullName;
        var random = new Random(seed);
        var bytes = new byte[400_000];
        for (var i = 0; i < 5; i++)
        {
            random.NextBytes(bytes);
            await File.WriteAllBytesAsync(Path.Combine(folder, $"file-{i}"), bytes);
        }

        (await HeadgateAsync(desk, $"run --job {name} --repository repo1 --retry-wait 2s -- restic backup {folder}")).Succeeded();
    }

    private static Task<Finished> AdminAsync(Host silo, string arguments) => silo.RunAsync($"headgate-server {arguments} --data /var/lib/headgate-server");

    private static Task<Finished> HeadgateAsync(Host desk, string arguments)
    {
        var separator = arguments.IndexOf(" -- ", StringComparison.Ordinal);
        var (own, restic) = separator < 0 ? (arguments, "") : (arguments[..separator], arguments[separator..]);
        return desk.RunAsync($"headgate {own} --resolve cc.{Zone}={Gateway}{restic}", s_restic);
    }
}
