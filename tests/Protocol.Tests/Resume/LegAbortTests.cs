using Headgate.Protocol.Resume;

namespace Headgate.Protocol.Tests.Resume;

/// <summary>A leg whose owner's callback throws instead of resetting the connection keeps neither its loops nor its session.</summary>
public sealed class LegAbortTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Leg_WhenItsResetThrows_IsGivenUpAllTheSame(bool cancelled)
    {
        await using var cable = new Cable();
        var calls = 0;
        var broken = new ResumeLeg(cable.Server.Input, cable.Server.Output, () =>
        {
            Interlocked.Increment(ref calls);
            throw new ObjectDisposedException("connection");
        });
        var budget = new ReplayBudget(1 << 20);
        var opening = ResumeClient.OpenAsync(cable.Client, SessionPair.Binding, 1, "daily/1", new ResumeLimits(), budget, TimeProvider.System, CancellationToken.None);
        var hello = (ResumeHello.Open)await ResumeServer.ReadHelloAsync(broken, CancellationToken.None);
        await using var server = (await ResumeServer.AcceptAsync(
            broken, hello, SessionPair.Binding, SessionPair.Epoch, new ResumeLimits(), budget, TimeProvider.System, null, CancellationToken.None))!;
        await using var client = await opening;
        using var stop = new CancellationTokenSource();
        if (cancelled)
        {
            await stop.CancelAsync();
        }

        var running = ResumeServer.RunAsync(server, broken, stop.Token);
        await stop.CancelAsync();

        Assert.Equal(LegEnd.Replaced, await running.WaitAsync(SessionPair.Deadline));
        Assert.NotEqual(0, calls);
        Assert.False(server.IsAttached);
        server.Abort(ResumeFault.Revoked);
        Assert.Equal(ResumeFault.Revoked, (await server.Ended.WaitAsync(SessionPair.Deadline)).Fault);
    }
}
