using Headgate.Protocol.Enrolment;

namespace Headgate.EndToEnd.Tests.Security;

/// <summary>The authority rolled over under real programs: nobody enrols again, backups go on, and a server that is killed between the steps goes on with them.</summary>
public sealed class RollOverTests
{
    [Fact]
    public async Task Authority_WhenRolledOver_TakesEveryProgramAlong()
    {
        await using var world = await World.StartAsync(gateways: 2);
        var tenant = await world.AddTenantAsync("acme");
        var machine = await tenant.EnrolAsync("desk");
        await machine.InitAsync();
        var source = await machine.FilesAsync("source", files: 3, bytesEach: 200_000);
        var unused = await world.CodeAsync("code", "connector", "acme");
        var old = world.IdentityOf("repo1").Trusts[0];

        var announced = await world.AdminJsonAsync("authority", "next");
        var next = announced.GetProperty("roots")[1].GetProperty("fingerprint").GetString()!;
        Assert.Equal(2, AuthorityTrust.ReadPem((await world.AdminAsync("authority")).Succeeded().Output).Count);
        await UntilBehindAsync(world, "urn:headgate:connector:acme/desk");
        var refused = await world.AdminAsync("authority", "switch");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("urn:headgate:connector:acme/desk", refused.Error, StringComparison.Ordinal);

        // One short command is enough for a connector to hear and to say so.
        (await machine.HeadgateAsync("status")).Succeeded();
        await UntilBehindAsync(world);
        await world.Server.KillAsync();
        await world.Server.StartAsync();
        (await world.AdminAsync("authority", "next")).Succeeded();
        (await world.AdminAsync("authority", "switch")).Succeeded();
        await world.Server.KillAsync();
        await world.Server.StartAsync();
        (await world.AdminAsync("authority", "switch")).Succeeded();

        await UntilBehindAsync(world, "urn:headgate:connector:acme/desk");
        foreach (var name in (string[])["gtw1", "gtw2", "repo1"])
        {
            Assert.Equal([next, old], world.IdentityOf(name).Trusts);
        }

        (await machine.RunAsync("nightly", ["backup", source])).Succeeded();
        Assert.Equal(next, machine.Identity().Trusts[0]);
        await UntilBehindAsync(world);
        var late = await new Machine(world, "acme", "late").HeadgateAsync("enroll", unused);
        Assert.NotEqual(0, late.ExitCode);
        Assert.Contains("Ask for a new code", late.Error, StringComparison.Ordinal);

        (await world.AdminAsync("authority", "retire")).Succeeded();
        await Tool.UntilAsync(
            () => world.IdentityOf("gtw1").Trusts.Count == 1 && world.IdentityOf("gtw2").Trusts.Count == 1 && world.IdentityOf("repo1").Trusts.Count == 1,
            "the former root to be dropped", () => world.Logs, TimeSpan.FromMinutes(2));
        foreach (var name in (string[])["gtw1", "gtw2", "repo1"])
        {
            await world[name].StopAsync();
            await world[name].StartAsync();
        }

        (await machine.RunAsync("nightly", ["backup", source])).Succeeded();
        (await machine.RunAsync("check", ["check", "--read-data"])).Succeeded();
        Assert.Equal([next], machine.Identity().Trusts);
        (await tenant.EnrolAsync("fresh")).Identity().Dispose();
    }

    private static Task UntilBehindAsync(World world, params string[] programs)
    {
        var seen = "";
        return Tool.UntilAsync(
            async () =>
            {
                var answer = await world.AdminJsonAsync("authority", "show");
                var behind = answer.GetProperty("behind").EnumerateArray().Select(program => program.GetProperty("identity").GetString()).ToList();
                seen = string.Join(", ", behind);
                return behind.SequenceEqual(programs);
            },
            $"only [{string.Join(", ", programs)}] to be behind", () => seen + "\n" + world.Logs, TimeSpan.FromMinutes(2), TimeSpan.FromMilliseconds(300));
    }
}
