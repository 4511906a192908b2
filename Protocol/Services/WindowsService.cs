using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Headgate.Protocol.Services;

/// <summary>
/// A program as a Windows service of its own process. The flow that the service control manager (SCM) wants: the process connects to it
/// (StartServiceCtrlDispatcherW, which returns when the service has stopped); the SCM calls ServiceMain on a thread of its own, which registers a handler
/// for controls and reports START_PENDING, RUNNING, STOP_PENDING with rising check points, STOPPED. A process that a person started gets
/// ERROR_FAILED_SERVICE_CONTROLLER_CONNECT instead, and runs as any program.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed partial class WindowsService : IServiceManager
{
    // winsvc.h, winerror.h
    private const uint OwnProcess = 0x10;
    private const uint Stopped = 1, StartPending = 2, StopPending = 3, Running = 4;
    private const uint AcceptStop = 0x1, AcceptShutdown = 0x4;
    private const uint ControlStop = 1, ControlInterrogate = 4, ControlShutdown = 5;
    private const uint NoError = 0, CallNotImplemented = 120, ServiceSpecificError = 1066;
    private const int FailedToConnect = 1063;

    private static readonly TimeSpan s_startHint = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_stopHint = TimeSpan.FromSeconds(30);

    /// <summary>The SCM's callbacks carry no state of ours from the start; a process is one service.</summary>
    private static WindowsService? s_service;

    private readonly string _name;
    private readonly string _logFolder;
    private readonly Func<IServiceManager, CancellationToken, Task<int>> _run;
    private readonly CancellationTokenSource _stop;
    private readonly Lock _reporting = new();
    private nint _handle;
    private uint _state;
    private uint _checkPoint;
    private int _exitCode;

    private WindowsService(string name, string logFolder, Func<IServiceManager, CancellationToken, Task<int>> run, CancellationTokenSource stop) =>
        (_name, _logFolder, _run, _stop) = (name, logFolder, run, stop);

    /// <summary>The SCM watches the process, not its health.</summary>
    public TimeSpan? WatchdogInterval => null;

    /// <summary>Runs as the service, or as a program when no SCM started this process.</summary>
    /// <exception cref="Win32Exception">The SCM refused.</exception>
    public static async Task<int> RunAsync(
        string name, string logFolder, Func<IServiceManager, CancellationToken, Task<int>> run, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var service = new WindowsService(name, logFolder, run, stop);

        // The dispatcher keeps its thread until the service has stopped.
        var error = await Task.Factory.StartNew(service.Dispatch, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return error switch
        {
            0 => service._exitCode,
            FailedToConnect => await run(ServiceManager.None, cancellationToken),
            _ => throw new Win32Exception(error),
        };
    }

    public void Ready(string status) => Report(Running, TimeSpan.Zero);

    public void Status(string status)
    {
        // The SCM knows no words.
    }

    public void Stopping(string status) => Report(StopPending, s_stopHint);

    public void ExtendTimeout(TimeSpan further) => Report(StopPending, further);

    public void Alive()
    {
        // The SCM has no watchdog.
    }

    private unsafe int Dispatch()
    {
        s_service = this;
        fixed (char* name = _name)
        {
            var table = stackalloc ServiceTableEntry[2];
            table[0] = new ServiceTableEntry { Name = name, Main = &ServiceMain };
            table[1] = default;
            return StartServiceCtrlDispatcher(table) ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    [UnmanagedCallersOnly]
    private static unsafe void ServiceMain(uint count, char** arguments) => s_service!.Serve();

    [UnmanagedCallersOnly]
    private static unsafe uint OnControl(uint control, uint type, void* data, void* context) => s_service!.Take(control);

    private unsafe void Register() => _handle = RegisterServiceCtrlHandlerEx(_name, &OnControl, null);

    private void Serve()
    {
        Register();
        if (_handle == 0)
        {
            _exitCode = Marshal.GetLastPInvokeError();
            return;
        }

        Report(StartPending, s_startHint);
        try
        {
            // No console here: what goes to one goes to a file.
            using var log = new RollingLog(Path.Combine(_logFolder, _name + ".log"));
            Console.SetOut(log);
            Console.SetError(log);
            _exitCode = _run(this, _stop.Token).GetAwaiter().GetResult();
        }
        catch (Exception fault)
        {
            // Nothing may escape into the SCM's thread; it gets a code, people the sentence.
            _exitCode = fault.HResult;
            Console.Error.WriteLine(fault);
        }

        Report(Stopped, TimeSpan.Zero);
    }

    private uint Take(uint control)
    {
        switch (control)
        {
            case ControlStop or ControlShutdown:
                Report(StopPending, s_stopHint);

                // Handlers must return at once; whoever waits for the token may do much.
                ThreadPool.QueueUserWorkItem(static service => service.Cancel(), this, preferLocal: false);
                return NoError;
            case ControlInterrogate:
                return NoError;
            default:
                return CallNotImplemented;
        }
    }

    private void Cancel()
    {
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The program ended by itself in the same moment.
        }
    }

    private unsafe void Report(uint state, TimeSpan hint)
    {
        lock (_reporting)
        {
            // A late word of the running program must not undo what came after it.
            if (_handle == 0 || _state == Stopped || (_state == StopPending && state == Running))
            {
                return;
            }

            _state = state;
            var isPending = state is StartPending or StopPending;
            var status = new ServiceStatus
            {
                Type = OwnProcess,
                State = state,
                Accepted = state == Running ? AcceptStop | AcceptShutdown : 0,
                ExitCode = _exitCode == 0 ? NoError : ServiceSpecificError,
                SpecificExitCode = (uint)_exitCode,
                CheckPoint = isPending ? ++_checkPoint : 0,
                WaitHint = (uint)hint.TotalMilliseconds,
            };
            SetServiceStatus(_handle, &status);
        }
    }

    [LibraryImport("advapi32", EntryPoint = "StartServiceCtrlDispatcherW", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static unsafe partial bool StartServiceCtrlDispatcher(ServiceTableEntry* table);

    [LibraryImport("advapi32", EntryPoint = "RegisterServiceCtrlHandlerExW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    private static unsafe partial nint RegisterServiceCtrlHandlerEx(string name, delegate* unmanaged<uint, uint, void*, void*, uint> handler, void* context);

    [LibraryImport("advapi32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static unsafe partial bool SetServiceStatus(nint handle, ServiceStatus* status);

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct ServiceTableEntry
    {
        public char* Name;
        public delegate* unmanaged<uint, char**, void> Main;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ServiceStatus
    {
        public uint Type;
        public uint State;
        public uint Accepted;
        public uint ExitCode;
        public uint SpecificExitCode;
        public uint CheckPoint;
        public uint WaitHint;
    }
}
