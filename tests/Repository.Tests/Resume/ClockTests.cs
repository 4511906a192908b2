using Headgate.Protocol.Resume;
using Headgate.Repository.Access;
using Headgate.Repository.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Headgate.Repository.Tests.Resume;

/// <summary>A wall clock that is set forwards or back changes nothing for sessions: everything that lasts is measured by elapsed time.</summary>
public sealed class ClockTests
{
    [Theory]
    [InlineData(1, -1)]
    [InlineData(-1, 1)]
    [InlineData(24 * 60, 0)]
    public async Task Session_WhenTheWallClockJumps_GoesOnWithItsGapAndItsUpload(int hours, int thenHours)
    {
        var clock = new JumpingTimeProvider();
        await using var repository = await Rig.StartAsync(time: clock);
        await using var session = await TestSession.OpenAsync(repository);
        await using var neighbour = await TestSession.OpenAsync(repository);
        var blob = await Rig.BeginUploadAsync(session);

        clock.Jump = TimeSpan.FromHours(hours);
        Sweep(repository);
        await session.CutAsync();
        clock.Jump = TimeSpan.FromHours(thenHours);
        Sweep(repository);
        await session.ResumeAsync();
        await Rig.EndUploadAsync(session, blob);

        Assert.StartsWith("HTTP/1.1 404 ", await neighbour.AskAsync("HEAD /config"), StringComparison.Ordinal);
        Assert.Equal(SessionEndKind.Completed, (await session.CloseAsync()).Kind);
        await Wait.ForAsync(() => repository.Metrics["sessions.ended/completed"] == 1, $"it ended in order, seen {repository.Metrics}");
        Assert.DoesNotContain("connections.ended", repository.Metrics.ToString(), StringComparison.Ordinal);
        Assert.InRange(session.Session.Gaps.Longest, TimeSpan.Zero, TimeSpan.FromMinutes(2));
    }

    /// <summary>All that looks at time now and then looks.</summary>
    private static void Sweep(TestRepository repository) =>
        repository.Services.GetServices<IHostedService>().OfType<ConnectionSweeper>().Single().Sweep();

    private sealed class JumpingTimeProvider : TimeProvider
    {
        private long _ticks;

        public TimeSpan Jump
        {
            set => Interlocked.Exchange(ref _ticks, value.Ticks);
        }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + new TimeSpan(Interlocked.Read(ref _ticks));
    }
}
