using Headgate.Protocol.Naming;
using Headgate.Repository.Resume;

namespace Headgate.Repository;

/// <summary>Says everything that is wrong with the options at once.</summary>
internal static class RepositoryOptionsValidator
{
    private const long LeastSessionBytes = 1 << 20;
    private const long MostSessionBytes = 1L << 40;
    private static readonly TimeSpan s_leastWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_mostWait = TimeSpan.FromHours(24);

    /// <summary>One sentence for each fault, with what was given and what is allowed; none when the options are good.</summary>
    public static IReadOnlyList<string> Validate(RepositoryOptions options)
    {
        var faults = new List<string>();
        if (string.IsNullOrWhiteSpace(options.DataDirectory))
        {
            faults.Add("--data is empty: name the folder that keeps this repository's identity.");
        }
        else if (File.Exists(options.DataDirectory))
        {
            faults.Add($"--data {options.DataDirectory} is a file: name a folder.");
        }

        if (!string.IsNullOrWhiteSpace(options.DataDirectory) && File.Exists(options.StorageDirectory))
        {
            faults.Add($"--path {options.StorageDirectory} is a file: name a folder.");
        }

        if (options.Listen.Count == 0)
        {
            faults.Add("--listen is missing: name at least one ADDRESS:PORT, such as 0.0.0.0:6183.");
        }

        if (options.AccessCertificate is null != options.AccessKey is null)
        {
            faults.Add("--access-certificate and --access-key go together: give both or none.");
        }

        foreach (var (flag, file) in new[] { ("--access-certificate", options.AccessCertificate), ("--access-key", options.AccessKey) })
        {
            if (file is not null && !File.Exists(file))
            {
                faults.Add($"{flag} {file} does not exist: name a PEM file.");
            }
        }

        AddRange(options.StallTimeout, nameof(options.StallTimeout), TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        AddRange(options.DrainTimeout, nameof(options.DrainTimeout), TimeSpan.Zero, TimeSpan.FromMinutes(1));
        AddRange(options.SilenceTimeout, nameof(options.SilenceTimeout), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(15));
        AddRange(options.LeaseTimeout, nameof(options.LeaseTimeout), TimeSpan.Zero, TimeSpan.FromMinutes(1));
        AddRange(options.StopTimeout, nameof(options.StopTimeout), TimeSpan.Zero, TimeSpan.FromHours(1));
        AddCount(options.MaxConnections, nameof(options.MaxConnections), 1_000_000);
        AddCount(options.MaxLocksPerTenant, nameof(options.MaxLocksPerTenant), 100_000);
        AddCount(options.MaxRepositoriesPerTenant, nameof(options.MaxRepositoriesPerTenant), 1_000_000);
        faults.AddRange(ValidateSessions(options.SessionWait, options.MaxSessionsPerTenant, options.SessionBytes));
        return faults;

        void AddRange(TimeSpan value, string name, TimeSpan least, TimeSpan most)
        {
            if (value < least || value > most)
            {
                faults.Add($"{name} is {value}: allowed is {least} to {most}.");
            }
        }

        void AddCount(int value, string name, int most)
        {
            if (value < 1 || value > most)
            {
                faults.Add($"{name} is {value}: allowed is 1 to {most}.");
            }
        }
    }

    /// <summary>The same for the limits of resumable streams, which a server with a repository in it is given too.</summary>
    public static IEnumerable<string> ValidateSessions(TimeSpan wait, int perTenant, long bytes)
    {
        if (wait < s_leastWait || wait > s_mostWait)
        {
            yield return $"--session-wait is {WaitText.Say(wait)}: allowed is 1s to 24h.";
        }

        if (perTenant is < 1 or > 10_000)
        {
            yield return $"--sessions-per-tenant is {perTenant}: allowed is 1 to 10000.";
        }

        if (bytes is < LeastSessionBytes or > MostSessionBytes)
        {
            yield return $"--session-memory is {ByteSize.Format(bytes)}: allowed is {ByteSize.Format(LeastSessionBytes)} to {ByteSize.Format(MostSessionBytes)}.";
        }
    }
}
