using System.ComponentModel;
using System.Diagnostics;

namespace Headgate.Connector.Failover;

/// <summary>
/// Asks restic to wait as long as a copy run's streams do. From 0.17.1 it takes <c>--stuck-request-timeout</c>, 5 minutes by default; before 0.17 it waits
/// for ever. The program is asked for its version, as one that does not know the flag would end with an error.
/// </summary>
internal static class ResticPatience
{
    private const string Flag = "--stuck-request-timeout";
    private static readonly Version s_first = new(0, 17, 1);
    private static readonly TimeSpan s_answerLimit = TimeSpan.FromSeconds(10);

    /// <summary>The words of <paramref name="tool"/>, with the flag where its restic knows it and the user has not set it.</summary>
    public static async Task<IReadOnlyList<string>> WordsAsync(ToolCommandLine tool, TimeSpan patience, TimeProvider time, CancellationToken token)
    {
        var restic = tool.ResticAt;
        if (restic < 0 || tool.Words.Any(word => word == Flag || word.StartsWith(Flag + "=", StringComparison.Ordinal))
            || await VersionAsync(tool.Words[restic], time, token) is not { } version || version < s_first)
        {
            return tool.Words;
        }

        string[] option = [FormattableString.Invariant($"{Flag}={patience.TotalSeconds:0}s")];
        return [.. tool.Words.Take(restic + 1), .. option, .. tool.Words.Skip(restic + 1)];
    }

    /// <summary>The version in <c>restic 0.17.3 compiled with go1.23 on linux/amd64</c>; null in anything else.</summary>
    public static Version? Parse(string answer)
    {
        var words = answer.Split(' ', 3);
        return words is ["restic", var number, ..] && Version.TryParse(number.Split('-')[0].Trim(), out var version) ? version : null;
    }

    private static async Task<Version?> VersionAsync(string program, TimeProvider time, CancellationToken token)
    {
        using var limit = new CancellationTokenSource(s_answerLimit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, token);
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, ["version"])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                RedirectStandardInput = true,
            });
            process!.StandardInput.Close();
            try
            {
                var said = await process.StandardOutput.ReadLineAsync(both.Token);
                await process.WaitForExitAsync(both.Token);
                return Parse(said ?? "");
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                token.ThrowIfCancellationRequested();
                return null;
            }
        }
        catch (Win32Exception)
        {
            // It cannot be started: its own run will say so.
            return null;
        }
    }
}
