using System.Diagnostics;
using System.Text;

namespace Headgate.Repository.Tests.Support;

/// <summary>Runs the stock restic.</summary>
internal sealed class ResticTool : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ProcessStartInfo _template;

    public ResticTool(TestRepository repository, ConnectRelay relay, TestAccess access, string path = "host1/", int key = 0)
    {
        var authority = _folder["authority.pem"];
        File.WriteAllText(authority, repository.Authority.Root.ExportCertificatePem());
        _template = new ProcessStartInfo("restic") { RedirectStandardOutput = true, RedirectStandardError = true };
        _template.Environment["RESTIC_REPOSITORY"] = $"rest:https://{access.Keys[key].Key}:{access.Keys[key].Secret}@{access.ServerName}:6180/{path}";
        _template.Environment["RESTIC_PASSWORD"] = "test";
        _template.Environment["RESTIC_CACERT"] = authority;
        _template.Environment["RESTIC_CACHE_DIR"] = _folder["cache"];
        _template.Environment["HTTPS_PROXY"] = relay.Url;
        _template.ArgumentList.Add("--cacert");
        _template.ArgumentList.Add(authority);
    }

    public string Folder(string name) => _folder[name];

    /// <summary>A folder of random files.</summary>
    public string Fill(string name, int files, int bytes)
    {
        Directory.CreateDirectory(_folder[name]);
        for (var i = 0; i < files; i++)
        {
            File.WriteAllBytes(Path.Combine(_folder[name], $"file{i}"), Blob.Random(bytes).Content);
        }

        return _folder[name];
    }

    /// <summary>Runs a command to its end, or until its output says <paramref name="stopAt"/>.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(string command, string? stopAt = null)
    {
        var info = new ProcessStartInfo(_template.FileName) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in _template.Environment)
        {
            info.Environment[name] = value;
        }

        foreach (var argument in _template.ArgumentList.Concat(command.Split(' ')))
        {
            info.ArgumentList.Add(argument);
        }

        using var process = Process.Start(info)!;
        var output = new StringBuilder();
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Take(object _, DataReceivedEventArgs line)
        {
            lock (output)
            {
                output.AppendLine(line.Data);
                if (stopAt is not null && line.Data?.Contains(stopAt, StringComparison.Ordinal) == true)
                {
                    seen.TrySetResult();
                }
            }
        }

        process.OutputDataReceived += Take;
        process.ErrorDataReceived += Take;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        try
        {
            await Task.WhenAny(process.WaitForExitAsync(deadline.Token), seen.Task);
            if (seen.Task.IsCompleted && !process.HasExited)
            {
                process.Kill();
            }

            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            Assert.Fail($"restic {command} did not end: {output}");
        }

        return (process.ExitCode, output.ToString());
    }

    /// <summary>Runs a command that must succeed.</summary>
    public async Task<string> SucceedAsync(string command)
    {
        var (code, output) = await RunAsync(command);
        Assert.True(code == 0, $"restic {command} ended with {code}: {output}");
        return output;
    }

    public void Dispose() => _folder.Dispose();
}
