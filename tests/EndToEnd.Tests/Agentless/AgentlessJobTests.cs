using System.Text.Json;
using Headgate.EndToEnd.Tests.Faults;

namespace Headgate.EndToEnd.Tests.Agentless;

/// <summary>Stock restic with an access key, through two gateways: what the provider's job list says of it, with no program of ours on its side.</summary>
[Collection(ProviderCollection.Name)]
public sealed class AgentlessJobTests(Provider provider)
{
    private const int Files = 8;
    private const int BytesEach = 2_000_000;

    [Fact]
    public async Task Restic_WhateverItDoes_GetsTheStateOfItsTraffic()
    {
        Assert.SkipWhen(Namespace.Missing is not null, Namespace.Missing ?? "");
        await using var client = await Client.NewAsync(provider);
        var source = await client.Machine.FilesAsync("source", Files, BytesEach);
        await client.ResticAsync("init");

        // A lock is a run; both gateways carry it, for the first one dies on the way.
        var before = await BytesUpAsync();
        var backup = client.Machine.ResticAsync(client.Names, client.Url, provider.AuthorityFile, "backup", "--limit-upload", "2048", source);
        var carrier = "";
        await Tool.UntilAsync(
            async () =>
            {
                var now = await BytesUpAsync();
                carrier = now.Keys.FirstOrDefault(gateway => now[gateway] - before[gateway] > Files * BytesEach / 8) ?? "";
                return carrier.Length > 0 || backup.IsCompleted;
            },
            "an eighth of the backup");
        Assert.False(backup.IsCompleted, "The backup ended before its gateway could be killed.");
        await provider.World[carrier].KillAsync();
        try
        {
            (await backup).Succeeded();
        }
        finally
        {
            await provider.World[carrier].StartAsync();
        }

        var (job, first) = await UntilAsync(client, 1, "Succeeded");
        var good = job.GetProperty("lastGood").GetDateTimeOffset();
        Assert.Equal("Agentless", job.GetProperty("mode").GetString());
        Assert.Equal(64, first.GetProperty("snapshot").GetString()!.Length);
        var path = Assert.Single(first.GetProperty("attempts").EnumerateArray()).GetProperty("path").EnumerateArray().ToArray();
        Assert.Equal(provider.World.GatewayNames.Order(), path.Select(step => step.GetProperty("gateway").GetString()).Order());
        Assert.True(path.Sum(step => step.GetProperty("bytesUp").GetInt64()) >= Files * BytesEach, string.Join(' ', path));

        // Nothing has changed, and so nothing but a snapshot is sent: a backup all the same.
        await client.ResticAsync("backup", source);
        var (_, second) = await UntilAsync(client, 2, "Succeeded");
        Assert.NotEqual(first.GetProperty("snapshot").GetString(), second.GetProperty("snapshot").GetString());

        // These are none.
        await client.ResticAsync("tag", "--add", "kept");
        var (tagged, tag) = await UntilAsync(client, 3, "NoSnapshot");
        Assert.Contains("restic tag", tag.GetProperty("reason").GetString(), StringComparison.Ordinal);
        await client.ResticAsync("check");
        await UntilAsync(client, 4, "NoSnapshot");
        await client.ResticAsync("restore", "latest", "--target", Path.Combine(client.Machine.Folder, "restored"));
        await UntilAsync(client, 5, "NoSnapshot");
        await client.ResticAsync("forget", "--keep-last", "1", "--prune");
        var (pruned, forget) = await UntilAsync(client, 6, "NoSnapshot");
        Assert.Contains("deleted (1)", forget.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(await Machine.SumsAsync(source), await Machine.SumsAsync(Path.Combine(client.Machine.Folder, "restored") + source));
        Assert.True(good < tagged.GetProperty("lastGood").GetDateTimeOffset());
        Assert.Equal(tagged.GetProperty("lastGood").GetDateTimeOffset(), pruned.GetProperty("lastGood").GetDateTimeOffset());

        // The provider cannot stop what is not its own.
        var cancel = await provider.World.AdminAsync("job", "cancel", "acme", job.GetProperty("job").GetString()!);
        Assert.NotEqual(0, cancel.ExitCode);
        Assert.Contains("access key", cancel.Output + cancel.Error, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Restic_WhenItIsKilled_IsActiveUntilItsLockGoes()
    {
        Assert.SkipWhen(Namespace.Missing is not null, Namespace.Missing ?? "");
        await using var client = await Client.NewAsync(provider);
        var source = await client.Machine.FilesAsync("source", Files, BytesEach);
        await client.ResticAsync("init");
        await using (var backup = Running.Start(
            "restic",
            ["-r", client.Url, "--cacert", provider.AuthorityFile, "backup", "--limit-upload", "512", source],
            client.Machine.Environment,
            client.Names))
        {
            await UntilAsync(client, 1, "Running");
            foreach (var child in backup.Children())
            {
                using var kill = System.Diagnostics.Process.Start("kill", ["-KILL", child.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
                await kill.WaitForExitAsync();
            }

            backup.Kill();
        }

        await client.ResticAsync("unlock", "--remove-all");
        var (job, run) = await UntilAsync(client, 1, "NoSnapshot");
        Assert.Contains("no backup", run.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.False(job.TryGetProperty("lastGood", out _));
    }

    private async Task<Dictionary<string, long>> BytesUpAsync()
    {
        var bytes = new Dictionary<string, long>();
        foreach (var gateway in provider.World.GatewayNames)
        {
            bytes[gateway] = (await provider.World.GatewayStatusAsync(gateway)).GetProperty("bytesUp").GetInt64();
        }

        return bytes;
    }

    /// <summary>Waits until the client's job has a run of that number in that state.</summary>
    private async Task<(JsonElement Job, JsonElement Run)> UntilAsync(Client client, long number, string status)
    {
        (JsonElement Job, JsonElement Run)? found = null;
        var seen = "no job";
        await Tool.UntilAsync(
            async () =>
            {
                if (await client.JobAsync() is not { } job)
                {
                    return false;
                }

                seen = job.ToString();
                var run = job.GetProperty("runs").EnumerateArray().FirstOrDefault(run => run.GetProperty("run").GetInt64() == number);
                found = run.ValueKind == JsonValueKind.Object && run.GetProperty("status").GetString() == status ? (job, run) : null;
                return found is not null;
            },
            $"run {number} being {status}",
            () => seen,
            TimeSpan.FromMinutes(1));
        return found!.Value;
    }

    /// <summary>A machine of acme's with restic, an access key and nothing of ours.</summary>
    private sealed class Client(Provider provider, Machine machine, Namespace names, string key, string url) : IAsyncDisposable
    {
        private readonly AdminSocketClient _admin = new(provider.World);

        public Machine Machine => machine;

        public Namespace Names => names;

        public string Url => url;

        public static async Task<Client> NewAsync(Provider provider)
        {
            var world = provider.World;
            var name = provider.Fresh("stock");
            var key = await provider.AccessKeyAsync(provider.Acme, "--name", name);
            var names = await Namespace.WithHostsAsync(
                world.GatewayNames.Select(gateway => (key.GetProperty("accessName").GetString()!, world.AddressOf(gateway))));
            var machine = new Machine(world, "acme", name);
            return new Client(provider, machine, names, key.GetProperty("key").GetString()!, key.GetProperty("url").GetString() + machine.HostName + "/");
        }

        public async Task<Finished> ResticAsync(params string[] arguments) =>
            (await machine.ResticAsync(names, url, provider.AuthorityFile, arguments)).Succeeded();

        /// <summary>The job of this key, with its runs; null while there is none.</summary>
        public async Task<JsonElement?> JobAsync()
        {
            if (await _admin.GetAsync("/v1/jobs?tenant=acme") is not { } jobs)
            {
                return null;
            }

            var own = jobs.GetProperty("items").EnumerateArray().FirstOrDefault(
                job => job.GetProperty("runs").EnumerateArray().Any(run => run.GetProperty("connector").GetString() == key));
            return own.ValueKind == JsonValueKind.Object ? await _admin.GetAsync("/v1/tenants/acme/jobs/" + own.GetProperty("job").GetString()) : null;
        }

        public ValueTask DisposeAsync()
        {
            _admin.Dispose();
            return names.DisposeAsync();
        }
    }
}
