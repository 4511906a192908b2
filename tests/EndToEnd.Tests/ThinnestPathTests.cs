namespace Headgate.EndToEnd.Tests;

public sealed class ThinnestPathTests
{
    [Fact]
    public async Task Backup_WhenAllIsUp_IsRestoredByAnotherConnectorByteForByte()
    {
        await using var world = await World.StartAsync();
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var source = await desk.FilesAsync("source", files: 20, bytesEach: 500_000);
        (await desk.RunAsync("nightly", ["backup", source])).Succeeded();

        var spare = await tenant.EnrolAsync("spare");
        var target = Path.Combine(spare.Folder, "restored");
        (await spare.RunAsync("restore", ["restore", "latest", "--target", target], ["--path", "/desk/"])).Succeeded();
        Assert.Equal(await Machine.SumsAsync(source), await Machine.SumsAsync(target + source));

        var run = (await tenant.JobAsync("nightly")).GetProperty("runs")[0];
        Assert.Equal("succeeded", run.GetProperty("status").GetString(), ignoreCase: true);
        Assert.Matches("^[0-9a-f]{64}$", run.GetProperty("snapshot").GetString());
    }
}
