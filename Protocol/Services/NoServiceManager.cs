namespace Headgate.Protocol.Services;

/// <summary>Started by hand: nobody wants to know.</summary>
internal sealed class NoServiceManager : IServiceManager
{
    public TimeSpan? WatchdogInterval => null;

    public void Ready(string status)
    {
    }

    public void Status(string status)
    {
    }

    public void Stopping(string status)
    {
    }

    public void ExtendTimeout(TimeSpan further)
    {
    }

    public void Alive()
    {
    }
}
