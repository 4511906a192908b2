using Headgate.Portal.Provider.Repositories;

namespace Headgate.Portal.Tests.RepositoryPages;

public sealed class RepositoryPagesTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 22, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Create_WhenSeveralFieldsAreWrong_SaysAllAndThenMakesItWithItsCommand()
    {
        await using var host = await PageHost.StartAsync();
        var page = await (await host.SignInAsync()).OpenAsync("/repositories/new");
        await page.SetAsync("Id", "Nope!");
        await page.SetAsync("Host", "bad host");
        await page.SetAsync("Port", "70000");
        await page.ClickAsync("Add the repository");
        await page.UntilAsync(shown => shown.Text.Contains("An id has") && shown.Text.Contains("no DNS name") && shown.Text.Contains("1 to 65535"));
        await page.SetAsync("Id", "repo1");
        await page.SetAsync("Host", " [2001:DB8::9] ");
        await page.SetAsync("Port", "6183");
        await page.ClickAsync("Add the repository");
        await page.UntilAsync("headgate-repository run --data repository-data --code 'hg1:repository:repo1:");
        Assert.Equal("2001:db8::9", (await host.Grains.GetGrain<IRepositoryGrain>("repo1").GetAsync(default)).Host);
    }

    [Fact]
    public async Task Move_WhenSomebodyMovedItMeanwhile_ShowsBothAddresses()
    {
        await using var host = await PageHost.StartAsync();
        var repository = host.Grains.GetGrain<IRepositoryGrain>("repo1");
        await repository.CreateAsync(new CreateRepository("192.0.2.9", 6183), default);
        var page = await (await host.SignInAsync()).OpenAsync("/repositories/repo1");
        await page.ClickAsync("Move");
        await page.SetAsync("Host", "mine.example");
        await repository.MoveAsync("theirs.example", 6183, null, default);
        await page.ClickAsync("Store");
        Assert.Contains("Host mine.example theirs.example", (await page.UntilAsync("Somebody changed this")).Text);
        await page.ClickAsync("Store mine");
        await page.UntilGoneAsync("Somebody changed this");
        Assert.Equal("mine.example", (await repository.GetAsync(default)).Host);
    }

    [Fact]
    public async Task Move_WhenOnlyTheVersionIsAnother_IsNoConflict()
    {
        await using var host = await PageHost.StartAsync();
        var repository = host.Grains.GetGrain<IRepositoryGrain>("repo1");
        await repository.CreateAsync(new CreateRepository("192.0.2.9", 6183), default);
        var page = await (await host.SignInAsync()).OpenAsync("/repositories/repo1");
        await page.ClickAsync("Move");
        await page.SetAsync("Host", "mine.example");
        await repository.CreateCodeAsync(TimeSpan.FromHours(1), default);
        await page.ClickAsync("Store");
        await page.UntilAsync(shown => !shown.Text.Contains("Leave it") && shown.Text.Contains("mine.example"));
        Assert.Equal("mine.example", (await repository.GetAsync(default)).Host);
    }

    [Fact]
    public void Roomiest_WhenSeveralCouldTakeIt_PrefersTheOneThatIsUpWithTheMostSpace()
    {
        static RepositoryInfo Some(string id, long free, bool revoked = false, int silentSeconds = 1) =>
            new(id, "192.0.2.1", 6183, true, revoked, s_now.AddSeconds(-silentSeconds), new RepositoryState("1", 0, 1000, free), 1);
        Assert.Equal("b", RepositoryStanding.Roomiest([Some("a", 10), Some("b", 20), Some("c", 90, revoked: true), Some("d", 80, silentSeconds: 60)], s_now)!.Repository);
        Assert.Equal("d", RepositoryStanding.Roomiest([Some("c", 90, revoked: true), Some("d", 80, silentSeconds: 60)], s_now)!.Repository);
        Assert.Null(RepositoryStanding.Roomiest([Some("c", 90, revoked: true)], s_now));
    }

    [Theory]
    [InlineData(41, 100, "41 % of the disk")]
    [InlineData(100, 100, "100 % of the disk")]
    [InlineData(250, 100, "2.5 times the disk")]
    [InlineData(1, 0, "of a disk of unknown size")]
    public void Share_WhenMoreThanTheDiskIsSold_SaysHowManyTimes(long sold, long capacity, string text) => Assert.Equal(text, RepositoryStanding.Share(sold, capacity));
}
