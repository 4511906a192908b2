namespace Headgate.EndToEnd.Tests.Clients;

/// <summary>Stock restic with an access key, and nothing of ours on the machine.</summary>
[Collection(ProviderCollection.Name)]
public sealed class AgentlessTests(Provider provider)
{
    private const int Files = 8;
    private const int BytesEach = 4_000_000;

    [Fact]
    public async Task Restic_WhenItsGatewayIsKilledInTheMiddle_BacksUpOverTheOtherAndRestores()
    {
        Assert.SkipWhen(Namespace.Missing is not null, Namespace.Missing ?? "");
        var world = provider.World;
        var key = await provider.AccessKeyAsync(provider.Acme);
        await using var names = await Namespace.WithHostsAsync(
            world.GatewayNames.Select(gateway => (key.GetProperty("accessName").GetString()!, world.AddressOf(gateway))));
        var machine = new Machine(world, "acme", provider.Fresh("agentless"));
        var source = await machine.FilesAsync("source", Files, BytesEach);
        var url = key.GetProperty("url").GetString() + machine.HostName + "/";
        Task<Finished> ResticAsync(params string[] arguments) => machine.ResticAsync(names, url, provider.AuthorityFile, arguments);

        (await ResticAsync("init")).Succeeded();
        var before = await BytesUpAsync();
        var backup = ResticAsync("backup", "--limit-upload", "3072", source);
        var carrier = "";
        await Tool.UntilAsync(
            async () =>
            {
                var now = await BytesUpAsync();
                carrier = now.Keys.FirstOrDefault(gateway => now[gateway] - before[gateway] > Files * BytesEach / 4) ?? "";
                return carrier.Length > 0 || backup.IsCompleted;
            },
            "a quarter of the backup");
        Assert.False(backup.IsCompleted, "The backup ended before its gateway could be killed.");
        await world[carrier].KillAsync();
        try
        {
            (await backup).Succeeded();
            Assert.Contains("1 snapshots", (await ResticAsync("snapshots")).Succeeded().Output, StringComparison.Ordinal);
            (await ResticAsync("check", "--read-data")).Succeeded();
            var target = Path.Combine(machine.Folder, "restored");
            (await ResticAsync("restore", "latest", "--target", target)).Succeeded();
            Assert.Equal(await Machine.SumsAsync(source), await Machine.SumsAsync(target + source));
        }
        finally
        {
            await world[carrier].StartAsync();
        }
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
}
