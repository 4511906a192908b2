using Headgate.Connector.Commands;
using Headgate.Connector.Tests.Scripted;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Tests;

/// <summary>A repository that has no room.</summary>
public sealed class NoRoomTests
{
    private const string Sentence = "Quota exceeded: tenant acme may use 10 MiB. Run 'restic forget --prune', or ask your service provider for more.";

    [Fact]
    public async Task Run_WhenTheRepositoryHasNoRoom_EndsWithItsSentenceAndNoRetry()
    {
        await using var world = await World.StartAsync(1);
        var password = Path.Combine(world.Folder, "password");
        await File.WriteAllTextAsync(password, "correct horse");
        var source = Path.Combine(world.Folder, "source");
        var data = new byte[1 << 20];
        Random.Shared.NextBytes(data);
        await File.WriteAllBytesAsync(source, data);
        var init = await world.RunAsync(
            ["init", .. world.Options, "--repository", ScriptedProvider.RepositoryId, "--", "--no-cache", "--password-file", password], time: World.StillClock());
        Assert.True(init.Code == 0, init.Error);

        world.Provider.NoRoom = Sentence;
        var run = await world.RunAsync(
            [
                "run", .. world.Options, "--job", "nightly", "--repository", ScriptedProvider.RepositoryId, "--kind", "backup", "--retries", "5", "--retry-wait", "1s",
                "--", "restic", "--no-cache", "--password-file", password, "backup", source,
            ]);

        Assert.Equal(ExitCodes.Refused, run.Code);
        var finish = Assert.Single(world.Provider.Bodies<FinishRequest>("/nightly/7/finish"));
        Assert.Equal(Sentence, finish.Reason);
        Assert.False(finish.Cancelled);
        Assert.Empty(world.Provider.Bodies<NextAttemptRequest>("/nightly/7/attempts"));
        Assert.DoesNotContain(world.Provider.RepositoryRequests, request => request.StartsWith("POST /pc1/snapshots/", StringComparison.Ordinal));
    }
}
