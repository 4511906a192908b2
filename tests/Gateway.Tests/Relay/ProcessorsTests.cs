using Headgate.Gateway.Relay.Epoll;

namespace Headgate.Gateway.Tests.Relay;

public sealed class ProcessorsTests
{
    [Fact]
    public void Keep_WhenAThreadIsKept_KeepsItAndNoOther()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the epoll engine is for Linux");
        var before = Processors.Allowed();
        Assert.NotEmpty(before);
        IReadOnlyList<int> kept = [], ofItsChild = [];
        var thread = new Thread(() =>
        {
            Processors.Keep(before[^1]);
            kept = Processors.Allowed();

            // The thread pool may grow by a loop's request: its threads are not the loop's.
            var child = new Thread(() => ofItsChild = Processors.Allowed());
            child.Start();
            child.Join();
        });
        thread.Start();
        thread.Join();

        Assert.Equal([before[^1]], kept);
        Assert.Equal(before, ofItsChild);
        Assert.Equal(before, Processors.Allowed());
    }
}
