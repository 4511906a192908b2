using System.ComponentModel;
using System.Diagnostics;
using System.Reflection;
using Headgate.Connector.Commands;

namespace Headgate.Connector.Jobs;

/// <summary>
/// Runs as children of this program: <c>headgate jobs run NAME --for-service</c>, which stops its tool and ends in order as soon as its input ends. The system closes that
/// with this process, so no run goes on without the service, however that ended; and a run that breaks takes nobody with it.
/// </summary>
internal sealed class ChildRuns(string dataFolder, IReadOnlyList<string> resolve, TimeProvider time) : IRunStarter
{
    public IStartedRun Start(string job)
    {
        var program = Environment.ProcessPath ?? throw new ConnectorFailureException(ExitCodes.Internal, "This program does not know its own path.");
        if (!File.Exists(program) && File.Exists(ServiceUnit.ProgramLink))
        {
            // Upgraded since this process started: what begins now is of the new version.
            program = ServiceUnit.ProgramLink;
        }

        List<string> words = ["jobs", "run", job, JobsRunCommand.ForService, "--data", dataFolder, .. resolve.SelectMany(name => (string[])["--resolve", name])];
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            words.Insert(0, Assembly.GetExecutingAssembly().Location);
        }

        var start = new ProcessStartInfo(program, words) { UseShellExecute = false, RedirectStandardInput = true };
        try
        {
            return new Child(Process.Start(start) ?? throw new ConnectorFailureException(ExitCodes.Internal, $"'{program}' did not start."), time);
        }
        catch (Win32Exception e)
        {
            throw new ConnectorFailureException(ExitCodes.Internal, $"A run of job '{job}' cannot be started: {e.Message}", e);
        }
    }

    private sealed class Child(Process process, TimeProvider time) : IStartedRun
    {
        public bool HasEnded => process.HasExited;

        public int ExitCode => process.ExitCode;

        public async Task StopAsync(TimeSpan patience)
        {
            process.StandardInput.Close();
            try
            {
                await process.WaitForExitAsync(CancellationToken.None).WaitAsync(patience, time, CancellationToken.None);
            }
            catch (TimeoutException)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }

        public void Dispose() => process.Dispose();
    }
}
