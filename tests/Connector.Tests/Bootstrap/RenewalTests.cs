using Headgate.Connector.Tests.Scripted;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Problems;

namespace Headgate.Connector.Tests.Bootstrap;

[Collection(EnvironmentCollection.Name)]
public sealed class RenewalTests
{
    private static readonly string[] s_run = ["--job", "nightly", "--repository", ScriptedProvider.RepositoryId, "--", "true"];

    [Fact]
    public async Task Run_WhenTwoThirdsOfTheCertificateAreOver_RenewsItByANewKeyFirst()
    {
        await using var world = await World.StartAsync(1);
        var before = Age(world, days: 61);
        var (code, _, error) = await world.RunAsync(["run", .. world.Options, .. s_run]);
        Assert.True(code == 0, error);
        Assert.NotEqual(before, Key(world));
        Assert.Equal(["/v1/renew", "/v1/runs", "/v1/runs/nightly/7/finish"], world.Provider.Requests.Select(request => request.Path));
        Assert.Equal(0, (await world.RunAsync(["run", .. world.Options, .. s_run])).Code);
        Assert.Single(world.Provider.Bodies<RenewalRequest>("/v1/renew"));
    }

    [Fact]
    public async Task Run_BeforeThat_DoesNot()
    {
        await using var world = await World.StartAsync(1);
        var before = Age(world, days: 59);
        Assert.Equal(0, (await world.RunAsync(["run", .. world.Options, .. s_run])).Code);
        Assert.Equal(before, Key(world));
        Assert.Empty(world.Provider.Bodies<RenewalRequest>("/v1/renew"));
    }

    [Fact]
    public async Task Run_WhenTheRenewalFails_SaysSoAndGoesOn()
    {
        await using var world = await World.StartAsync(1);
        world.Provider.Refusals["/renew"] = new ProblemAnswer { Status = 503, Code = ProblemCodes.Unavailable, Detail = "Not now." };
        var before = Age(world, days: 61);
        var (code, _, error) = await world.RunAsync(["run", .. world.Options, .. s_run]);
        Assert.Equal(0, code);
        Assert.Contains("could not be renewed: Not now. The next run tries again", error, StringComparison.Ordinal);
        Assert.Equal(before, Key(world));
    }

    private static string Age(World world, int days)
    {
        var from = DateTimeOffset.UtcNow.AddDays(-days);
        using var identity = world.Authority.Connector(world.Port, from: from, to: from.AddDays(90));
        identity.Save(world.Data);
        return Key(world);
    }

    private static string Key(World world)
    {
        Assert.True(ProgramIdentity.TryLoad(world.Data, out var identity));
        using (identity)
        {
            return identity.Certificate.GetPublicKeyString();
        }
    }
}
