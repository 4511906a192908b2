using System.Text.Json;
using Headgate.Connector.Bootstrap;
using Headgate.Connector.Commands;
using Headgate.Protocol.Naming;

namespace Headgate.Connector.Jobs;

/// <summary>
/// The jobs of this machine, in the state folder's <c>jobs</c>: <c>NAME.job.json</c> is a job as it was set up, <c>NAME.record.json</c> what became of it, <c>NAME.lock</c> is
/// held by the process that runs it, and <c>NAME.logs/</c> has a log for each run. Files are for their owner alone. Safe for use by several processes: what was
/// set up is replaced as a whole, and the record is written under the job's lock or the service's.
/// </summary>
internal sealed class JobStore(StateFolder folder)
{
    private const string Definition = ".job.json";
    private const string Record = ".record.json";

    private readonly string _path = Path.Combine(folder.Path, "jobs");

    /// <summary>Names of all jobs, in order.</summary>
    public IReadOnlyList<string> Names() => !Directory.Exists(_path)
        ? []
        : [.. Directory.EnumerateFiles(_path, "*" + Definition)
            .Select(file => Path.GetFileName(file)[..^Definition.Length])
            .Where(Identifier.IsValid)
            .Order(StringComparer.Ordinal)];

    /// <summary>When it was last set up; null where there is no such job.</summary>
    public DateTime? ChangedAt(string job) => File.Exists(Of(job, Definition)) ? File.GetLastWriteTimeUtc(Of(job, Definition)) : null;

    /// <summary>The job, or null.</summary>
    /// <exception cref="ConnectorFailureException">It cannot be read.</exception>
    public JobDefinition? Find(string job) => Read(Of(job, Definition), JobJson.Default.JobDefinition);

    /// <summary>The job.</summary>
    /// <exception cref="ConnectorFailureException">There is none, or it cannot be read.</exception>
    public JobDefinition Get(string job) => Find(job)
        ?? throw new ConnectorFailureException(ExitCodes.Usage, $"This machine has no job '{job}' ({Listed()}). Set one up with: headgate jobs add");

    /// <summary>What became of it so far.</summary>
    public JobRecord RecordOf(string job) => Read(Of(job, Record), JobJson.Default.JobRecord) ?? new JobRecord();

    /// <summary>Keeps a job.</summary>
    /// <exception cref="ConnectorFailureException">The folder cannot be written.</exception>
    public void Save(JobDefinition job) => Write(
        Of(job.Job, Definition), file => JsonSerializer.Serialize(file, job, JobJson.Default.JobDefinition));

    /// <summary>Changes what is remembered of it, alone among the processes of this machine.</summary>
    /// <exception cref="ConnectorFailureException">The folder cannot be written.</exception>
    public JobRecord Change(string job, Func<JobRecord, JobRecord> change)
    {
        using var alone = LockRecord(job);
        var changed = change(RecordOf(job));
        Write(Of(job, Record), file => JsonSerializer.Serialize(file, changed, JobJson.Default.JobRecord));
        return changed;
    }

    /// <summary>As <see cref="Change"/>; a record that cannot be written, as on a full disk, is said and holds no backup up.</summary>
    public void TryChange(string job, Func<JobRecord, JobRecord> change, Action<string> say)
    {
        try
        {
            Change(job, change);
        }
        catch (ConnectorFailureException failure)
        {
            say($"what becomes of job {job} cannot be written down, and it goes on: {failure.Message}");
        }
    }

    /// <summary>Forgets a job, its record and its logs.</summary>
    /// <exception cref="ConnectorFailureException">The folder cannot be written.</exception>
    public void Remove(string job) => Guard(() =>
    {
        File.Delete(Of(job, Definition));
        File.Delete(Of(job, Record));
        if (Directory.Exists(LogsOf(job)))
        {
            Directory.Delete(LogsOf(job), recursive: true);
        }

        File.Delete(Of(job, ".record.lock"));
        File.Delete(Of(job, ".lock"));
    });

    /// <summary>The folder of its logs.</summary>
    public string LogsOf(string job) => Of(job, ".logs");

    /// <summary>For the process that runs the job; null when another does.</summary>
    public FileStream? TryLock(string job)
    {
        OwnerFile.MakeFolder(_path);
        return OwnerFile.TryLock(Of(job, ".lock"));
    }

    /// <summary>Whether a process runs it at this moment.</summary>
    public bool IsRunning(string job)
    {
        if (!File.Exists(Of(job, ".lock")))
        {
            return false;
        }

        using var mine = TryLock(job);
        return mine is null;
    }

    /// <summary>For the one service; null when there is another.</summary>
    public FileStream? TryLockService()
    {
        OwnerFile.MakeFolder(_path);
        return OwnerFile.TryLock(Path.Combine(_path, "service.lock"));
    }

    private string Listed() => Names() is { Count: > 0 } names ? "it has " + string.Join(", ", names) : "it has none";

    private string Of(string job, string ending) => Path.Combine(_path, job + ending);

    private FileStream LockRecord(string job)
    {
        Guard(() => OwnerFile.MakeFolder(_path));
        // Held for the time of one small write.
        for (var tries = 0; ; tries++)
        {
            FileStream? alone = null;
            Guard(() => alone = OwnerFile.TryLock(Of(job, ".record.lock")));
            if (alone is not null)
            {
                return alone;
            }

            if (tries == 500)
            {
                throw new ConnectorFailureException(ExitCodes.StateFolder, $"The record of job '{job}' in {_path} is held by another process.");
            }

            Thread.Sleep(10);
        }
    }

    private static T? Read<T>(string path, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return JsonSerializer.Deserialize(file, type);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new ConnectorFailureException(ExitCodes.StateFolder, $"{path} cannot be read: {e.Message}", e);
        }
    }

    private void Write(string path, Action<Stream> write) => Guard(() =>
    {
        OwnerFile.MakeFolder(_path);
        OwnerFile.Replace(path, write);
    });

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConnectorFailureException(ExitCodes.StateFolder, $"The jobs in {_path} cannot be written: {e.Message}", e);
        }
    }
}
