namespace Headgate.EndToEnd.Tests;

/// <summary>Gateways that enrol by themselves.</summary>
public sealed class FleetTests
{
    [Fact]
    public async Task Backup_WhenTheGatewayEnrolledWithAFleetToken_GoesOverIt()
    {
        await using var world = await World.StartAsync(gateways: 0);
        var code = await world.CodeAsync("fleet", "add", "summer", "--max", "1", "--name", "Summer fleet");
        await world.AddFleetGatewayAsync("gtw1", code);
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var source = await desk.FilesAsync("source", files: 5, bytesEach: 200_000);

        (await desk.RunAsync("nightly", ["backup", source])).Succeeded();

        var run = (await tenant.JobAsync("nightly")).GetProperty("runs")[0];
        Assert.Equal("gtw1", run.GetProperty("attempts")[0].GetProperty("path")[0].GetProperty("gateway").GetString());
        Assert.Equal("gtw1", world.IdentityOf("gtw1").Identity.Id);
        var address = $"{world.AddressOf("gtw2")}:{World.PublicPort}";
        var one = await Tool.RunAsync(Programs.Gateway, ["enroll", code, "--data", world.PathOf("gtw2"), "--id", "gtw2", "--address", address]);
        Assert.Equal(1, one.ExitCode);
        Assert.Contains("all it may", one.Error, StringComparison.Ordinal);
        var lost = await Tool.RunAsync(Programs.Gateway, ["enroll", code, "--data", world.PathOf("gtw3"), "--id", "gtw1", "--address", address]);
        Assert.Equal(1, lost.ExitCode);
        Assert.Contains("There is a gateway 'gtw1' already", lost.Error, StringComparison.Ordinal);
        var nowhere = await Tool.RunAsync(Programs.Gateway, ["enroll", code, "--data", world.PathOf("gtw4"), "--id", "gtw4"]);
        Assert.Contains("--address is missing", nowhere.Error, StringComparison.Ordinal);
        var tokens = await world.AdminJsonAsync("fleet", "list");
        Assert.Equal("gtw1", tokens[0].GetProperty("gateways")[0].GetString());
        Assert.True((await world.AdminJsonAsync("fleet", "revoke", "summer"))[0].GetProperty("revoked").GetBoolean());

        // It is a gateway like any other, whatever becomes of the token: it starts again with what it holds.
        Assert.Equal(0, await world["gtw1"].StopAsync(TimeSpan.FromSeconds(90)));
        await world["gtw1"].StartAsync();
        (await desk.RunAsync("nightly", ["backup", source])).Succeeded();
    }
}
