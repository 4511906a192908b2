using System.Runtime.InteropServices;

namespace Headgate.Connector.Failover;

/// <summary>The user's wish to stop: Ctrl-C, or a termination signal. The second one is for a tool that does not listen. Safe for concurrent use.</summary>
internal sealed class UserStop : IDisposable
{
    private readonly CancellationTokenSource _asked = new();
    private readonly CancellationTokenSource _insisted = new();
    private readonly List<PosixSignalRegistration> _registrations = [];

    /// <summary>Cancelled by the first.</summary>
    public CancellationToken Asked => _asked.Token;

    /// <summary>Cancelled by the second.</summary>
    public CancellationToken Insisted => _insisted.Token;

    /// <summary>The terminal has told the tool as well, as it tells every process in its foreground.</summary>
    public bool ToolWasTold { get; private set; }

    /// <summary>Listens for SIGINT, SIGTERM and SIGHUP.</summary>
    public void Listen()
    {
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                Request(signal == PosixSignal.SIGINT && ToolSignals.InTerminalForeground());
            }));
        }
    }

    /// <summary>Somebody wants to stop.</summary>
    public void Request(bool toolWasTold)
    {
        if (_asked.IsCancellationRequested)
        {
            _insisted.Cancel();
            return;
        }

        ToolWasTold = toolWasTold;
        _asked.Cancel();
    }

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _asked.Dispose();
        _insisted.Dispose();
    }
}
