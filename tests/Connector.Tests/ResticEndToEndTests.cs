using Headgate.Connector.Tests.Scripted;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Tests;

/// <summary>The real restic through the connector, over gateways that fail.</summary>
[Collection(EnvironmentCollection.Name)]
public sealed class ResticEndToEndTests
{
    [Fact]
    public async Task Run_WhenAGatewayDiesInMidBackup_GoesOnOverTheNextAndRestores()
    {
        await using var world = await World.StartAsync(2);
        var password = Path.Combine(world.Folder, "password");
        await File.WriteAllTextAsync(password, "correct horse");
        var source = Directory.CreateDirectory(Path.Combine(world.Folder, "source")).FullName;
        var data = new byte[24 << 20];
        Random.Shared.NextBytes(data);
        await File.WriteAllBytesAsync(Path.Combine(source, "data"), data);
        string[] restic = ["restic", "--no-cache", "--password-file", password];

        var init = await world.RunAsync(["init", .. world.Options, "--repository", ScriptedProvider.RepositoryId, "--", "--no-cache", "--password-file", password], time: World.StillClock());
        Assert.True(init.Code == 0, init.Error);

        var first = world.Gateways[0];
        first.DiesAt = first.BytesUp + (8 << 20);
        var run = await world.RunAsync(
            ["run", .. world.Options, "--job", "nightly", "--repository", ScriptedProvider.RepositoryId, "--kind", "backup", "--retry-wait", "1s", "--", .. restic, "backup", source]);

        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("run 7 of job nightly succeeded: snapshot ", run.Error, StringComparison.Ordinal);
        Assert.Contains("gtw1 > gtw2", run.Error, StringComparison.Ordinal);
        var finish = Assert.Single(world.Provider.Bodies<FinishRequest>("/nightly/7/finish"));
        Assert.Equal(["gtw1", "gtw2"], finish.Path.Select(entry => entry.Gateway));
        Assert.All(finish.Path, entry => Assert.True(entry.BytesUp > 4 << 20, entry.ToString()));

        var target = Path.Combine(world.Folder, "target");
        var restore = await world.RunAsync(
            ["run", .. world.Options, "--job", "restore", "--repository", ScriptedProvider.RepositoryId, "--kind", "backup", "--retry-wait", "1s", "--", .. restic, "restore", "latest", "--target", target]);
        Assert.True(restore.Code == 0, restore.Error);
        Assert.True((await File.ReadAllBytesAsync(target + source + "/data")).AsSpan().SequenceEqual(data));
        Assert.True(world.Provider.Bodies<OpenRunRequest>("/v1/runs").Last().ReadsOnly);
    }
}
