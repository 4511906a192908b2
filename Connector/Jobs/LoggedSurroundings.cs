using System.Diagnostics;
using System.Text;
using Headgate.Connector.Commands;
using Headgate.Connector.Failover;

namespace Headgate.Connector.Jobs;

/// <summary>What a job's tool and hooks find around them: the job's variables and folder, no input, and a log that takes what they say; a console, where there is one, is told it too.</summary>
internal sealed class LoggedSurroundings(
    string who, JobDefinition job, IReadOnlyDictionary<string, string> variables, RunLog log, ConnectorConsole? echo) : IToolSurroundings
{
    private const int MaxLine = 8 * 1024;

    public void Prepare(ProcessStartInfo start)
    {
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        start.WorkingDirectory = job.Folder;
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }
    }

    public Task AttendAsync(Process process)
    {
        process.StandardInput.Close();
        return Task.WhenAll(ReadAsync(process.StandardOutput, echo?.Output), ReadAsync(process.StandardError, echo?.Error));
    }

    private async Task ReadAsync(StreamReader from, TextWriter? to)
    {
        try
        {
            var buffer = new char[MaxLine];
            var line = new StringBuilder();
            int read;
            while ((read = await from.ReadAsync(buffer, CancellationToken.None)) > 0)
            {
                for (var i = 0; i < read; i++)
                {
                    var c = buffer[i];
                    if (c == '\n' || line.Length == MaxLine)
                    {
                        Take(line, to);
                    }

                    if (c is not ('\n' or '\r'))
                    {
                        line.Append(c);
                    }
                }
            }

            if (line.Length > 0)
            {
                Take(line, to);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // It was killed with its output open.
        }
    }

    private void Take(StringBuilder line, TextWriter? to)
    {
        log.Write(who, line.ToString());
        to?.WriteLine(line);
        line.Clear();
    }
}
