using System.Text.Json;

namespace Headgate.EndToEnd.Tests.Care;

/// <summary>Both doctors against a provider that is well, and against one where everything that can be wrong is.</summary>
public sealed class DoctorTests
{
    /// <summary>A doctor gives everybody 5 s to answer, which a busy machine may need now and then: it is asked again.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Doctors_OfAProviderThatIsWell_FindNothingWrong()
    {
        await using var world = await World.StartAsync();
        var (one, two) = (world.AddressOf("gtw1"), world.AddressOf("gtw2"));
        await using var names = await NameServer.StartAsync(
            world, $"--host-record=gtw1.demo.test,{one},60", $"--host-record=gtw2.demo.test,{two},60",
            $"--host-record=cc.demo.test,{one},60", $"--host-record=cc.demo.test,{two},60",
            $"--host-record=my.demo.test,{one},60", $"--host-record=my.demo.test,{two},60",
            $"--address=/access.demo.test/{one}", $"--address=/access.demo.test/{two}");
        (await Backups.BackupAsync(world.PathOf("server"), world.PathOf("silo.backup"))).Succeeded();

        await AssertWellAsync(
            Programs.Server, world.PathOf("server"), names.Address,
            "dns cc.demo.test", "dns my.demo.test", "database", "backup", "server", "issuing certificate", "authority", "repository repo1",
            $"gateway gtw1 {one}:6180", $"gateway gtw2 {two}:6180", $"edge API {world.AddressOf("server")}:6181", $"dns {one}", $"portal {world.AddressOf("server")}:6184",
            $"tenants' site {world.AddressOf("server")}:6185", "certificate of the tenants' site");

        await Tool.UntilAsync(() => File.Exists(world.PathOf("gtw1", "routes.json")), "the gateway to keep what it was told", () => world.Logs);
        await AssertWellAsync(
            Programs.Gateway, world.PathOf("gtw1"), names.Address,
            "gateway", "certificate", "clock of the silo", $"silo {world.AddressOf("server")}:6181", $"repo1 {world.AddressOf("repo1")}:6183", $"listening {one}:6180", "dns cc.demo.test");

        var text = await Tool.RunAsync(Programs.Server, ["doctor", "--data", world.PathOf("server"), "--dns-server", names.Address]);
        Assert.Contains("ok       dns cc.demo.test", text.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", text.Output, StringComparison.Ordinal);
        Assert.Equal(2, (await Tool.RunAsync(Programs.Server, ["doctor", "--data", world.PathOf("server"), "--dns-server", "nonsense"])).ExitCode);
        Assert.Equal(2, (await Tool.RunAsync(Programs.Gateway, ["doctor", "--data", world.PathOf("gtw1"), "--dns-server", "nonsense"])).ExitCode);
    }

    [Fact]
    public async Task ServerDoctor_OfWrongRecordsAndDeadGateways_NamesEachWithWhatToDo()
    {
        await using var world = await World.StartAsync();
        var (one, two) = (world.AddressOf("gtw1"), world.AddressOf("gtw2"));
        await world.AddGatewayAtAsync("gtw3", "named.demo.test:6180");
        await using var names = await NameServer.StartAsync(
            world, $"--host-record=cc.demo.test,{one},3600", "--host-record=cc.demo.test,203.0.113.9,3600",
            $"--ptr-record={string.Join('.', one.Split('.').Reverse())}.in-addr.arpa,wrong.demo.test", "--host-record=wrong.demo.test,203.0.113.1");
        await world["gtw2"].KillAsync();

        var found = await ServerAsync(world, names.Address);
        AssertFinding(found, "dns cc.demo.test", "problem", "203.0.113.9", "Take the record");
        AssertFinding(found, "dns cc.demo.test", "warning", two, "Add the record");
        AssertFinding(found, "dns cc.demo.test", "warning", "3600 s", "TTL");
        AssertFinding(found, "dns my.demo.test", "warning", "has no address", "Add A");
        AssertFinding(found, "dns named.demo.test", "problem", "has no address", "gtw3");
        AssertFinding(found, $"dns {one}", "warning", "wrong.demo.test", "203.0.113.1");
        AssertFinding(found, $"dns {two}", "warning", "", "in-addr.arpa");
        AssertFinding(found, "dns *.access.demo.test", "warning", "has no address", "Only needed where somebody uses it");
        AssertFinding(found, $"gateway gtw2 {two}:6180", "problem", "refused", "headgate-gateway doctor");
        AssertFinding(found, "backup", "warning", "none was ever made", "headgate-server backup");

        // A gateway that rests is no stranger; one that serves and is not in the list of records is missed.
        (await world.AdminAsync("gateway", "drain", "gtw1")).Succeeded();
        AssertFinding(await ServerAsync(world, names.Address), "dns cc.demo.test", "warning", one, "while that gateway rests");

        // Nobody answers for names.
        AssertFinding(await ServerAsync(world, "127.0.0.1:9"), "dns cc.demo.test", "problem", "127.0.0.1:9", "--dns-server");
    }

    [Fact]
    public async Task ServerDoctor_WhereNoServerRuns_SaysSoAndLooksAtTheData()
    {
        await using var world = await World.StartAsync(gateways: 0, repositories: 0);
        await world.Server.KillAsync();
        var found = await ServerAsync(world, "127.0.0.1:9");
        AssertFinding(found, "server", "problem", "No server runs", "Start it");
        AssertLevel(found, "database", "ok");

        // A restored one lies in one file, without a log that would hide what is done to it.
        (await Backups.BackupAsync(world.PathOf("server"), world.PathOf("silo.backup"))).Succeeded();
        Directory.Delete(world.PathOf("server"), recursive: true);
        (await Backups.RestoreAsync(world.PathOf("silo.backup"), world.PathOf("server"))).Succeeded();
        AssertFinding(await ServerAsync(world, "127.0.0.1:9"), "restored", "warning", "knows nothing of what was done", "again");
        var database = world.PathOf("server", "headgate.db");
        var bytes = await File.ReadAllBytesAsync(database);
        Array.Fill(bytes, (byte)0x5A, bytes.Length / 2, bytes.Length / 4);
        await File.WriteAllBytesAsync(database, bytes);
        AssertFinding(await ServerAsync(world, "127.0.0.1:9"), "database", "problem", "", "restore the last backup");
    }

    [Fact]
    public async Task ServerDoctor_OfASiteWithAnothersCertificate_SaysWhatToBring()
    {
        using var folder = new Scratch();
        var (certificate, key) = (Path.Combine(folder.Path, "site.pem"), Path.Combine(folder.Path, "site.key"));
        (await Tool.RunAsync("openssl",
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "5", "-subj", "/CN=other.test", "-addext", "subjectAltName=DNS:other.test",
                "-keyout", key, "-out", certificate])).Succeeded();
        await using var world = await World.StartAsync(gateways: 0, repositories: 0, inside: null, "--site-certificate", certificate, "--site-key", key);
        var found = await ServerAsync(world, "127.0.0.1:9");
        AssertFinding(found, "certificate of the tenants' site", "problem", "not for my.demo.test", "bring one for my.demo.test");
        AssertFinding(found, "certificate of the tenants' site", "warning", "", certificate);
        AssertLevel(found, "certificate of the portal", "ok");
    }

    [Fact]
    public async Task Doctors_WhereTheDiskIsFullOrReadOnly_SaySo()
    {
        Assert.SkipWhen(Namespace.Missing is not null, Namespace.Missing ?? "");
        await using var inside = await Namespace.WithHostsAsync([]);
        using var folder = new Scratch();
        (await inside.RunAsync("mount", "-t", "tmpfs", "-o", "size=256k", "none", folder.Path)).Succeeded();
        (await inside.RunAsync("sh", "-c", $"head -c 253952 /dev/zero > {folder.Path}/filler")).Succeeded();
        foreach (var program in new[] { Programs.Server, Programs.Gateway })
        {
            AssertFinding(await RunAsync(inside, program, folder.Path), "disk " + folder.Path, "problem", "of 256.0 KiB are free", "Make room");
        }

        (await inside.RunAsync("mount", "-o", "remount,ro", folder.Path)).Succeeded();
        foreach (var program in new[] { Programs.Server, Programs.Gateway })
        {
            AssertFinding(await RunAsync(inside, program, folder.Path), "disk " + folder.Path, "problem", "nothing can be written", "user write");
        }
    }

    [Fact]
    public async Task GatewayDoctor_OfAGatewayCutOff_NamesWhatItCannotReach()
    {
        await using var world = await World.StartAsync(gateways: 1);
        await Tool.UntilAsync(() => File.Exists(world.PathOf("gtw1", "routes.json")), "the gateway to keep what it was told", () => world.Logs);
        await world["repo1"].KillAsync();
        JsonElement[] found = [];
        await Tool.UntilAsync(
            async () => IsAll(found = await GatewayAsync(world, "gtw1", "127.0.0.1:9"), "clock of the silo", "ok"), "the silo's clock to be right", () => string.Join('\n', found), s_patience);
        AssertFinding(found, $"repo1 {world.AddressOf("repo1")}:6183", "problem", "refused", "firewall");
        await world.Server.KillAsync();
        await world["gtw1"].KillAsync();
        found = await GatewayAsync(world, "gtw1", "127.0.0.1:9");
        AssertFinding(found, $"silo {world.AddressOf("server")}:6181", "problem", "refused", "6181");
        AssertFinding(found, "gateway", "problem", "does not run", "headgate-gateway run");
        AssertFinding(found, "dns cc.demo.test", "problem", "127.0.0.1:9", "--dns-server");

        using var empty = new Scratch();
        var stranger = await Tool.RunAsync(Programs.Gateway, ["doctor", "--data", empty.Path, "--json"]);
        AssertFinding(Read(stranger), "certificate", "problem", "has not enrolled", "code");
    }

    /// <summary>Finds each of <paramref name="checks"/> ok, and no problem anywhere.</summary>
    private static async Task AssertWellAsync(string program, string data, string names, params string[] checks)
    {
        Finished? last = null;
        await Tool.UntilAsync(
            async () => (last = await ExamineAsync(program, data, names)).ExitCode is 0 or 4 && checks.All(check => IsAll(Read(last), check, "ok")),
            $"no problem, and {string.Join(", ", checks)} to be ok", () => $"{last!.ExitCode}\n{last.Output}\n{last.Error}", s_patience);
    }

    private static Task<JsonElement[]> ServerAsync(World world, string names) => ProblemsAsync(Programs.Server, world.PathOf("server"), names);

    private static Task<JsonElement[]> GatewayAsync(World world, string gateway, string names) => ProblemsAsync(Programs.Gateway, world.PathOf(gateway), names);

    private static async Task<JsonElement[]> ProblemsAsync(string program, string data, string names)
    {
        var finished = await ExamineAsync(program, data, names);
        Assert.True(finished.ExitCode == 1, $"{finished.ExitCode}\n{finished.Output}\n{finished.Error}");
        return Read(finished);
    }

    private static Task<Finished> ExamineAsync(string program, string data, string names) => Tool.RunAsync(program, ["doctor", "--data", data, "--json", "--dns-server", names]);

    private static async Task<JsonElement[]> RunAsync(Namespace inside, string program, string data)
    {
        var finished = await inside.RunAsync(program, "doctor", "--data", data, "--json", "--dns-server", "127.0.0.1:9");
        Assert.Equal(1, finished.ExitCode);
        return Read(finished);
    }

    private static JsonElement[] Read(Finished finished) => [.. JsonDocument.Parse(finished.Output).RootElement.EnumerateArray()];

    private static bool IsAll(JsonElement[] found, string check, string level) =>
        found.Where(finding => finding.GetProperty("check").GetString() == check).Select(Level).DefaultIfEmpty("missing").All(seen => seen == level);

    private static void AssertLevel(JsonElement[] found, string check, string level) => Assert.True(IsAll(found, check, level), $"{check} is not {level}:\n{string.Join('\n', found)}");

    private static void AssertFinding(JsonElement[] found, string check, string level, string seen, string toDo) => Assert.True(
        found.Any(finding => finding.GetProperty("check").GetString() == check && Level(finding) == level
            && finding.GetProperty("seen").GetString()!.Contains(seen, StringComparison.Ordinal)
            && (finding.GetProperty("seen").GetString() + finding.GetProperty("toDo").GetString()).Contains(toDo, StringComparison.Ordinal)),
        $"No {level} of {check} with '{seen}' and '{toDo}':\n{string.Join('\n', found)}");

    private static string Level(JsonElement finding) => finding.GetProperty("level").GetString()!.ToLowerInvariant();

    private sealed class Scratch : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("hg-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
