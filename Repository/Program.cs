using System.CommandLine;
using System.Net;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Services;
using Headgate.Repository;
using Headgate.Repository.Resume;

var data = new Option<DirectoryInfo>("--data") { Description = "Folder with this repository's identity (and its storage, unless --path names one).", Required = true };
var listen = new Option<IPEndPoint[]>("--listen")
{
    Description = "ADDRESS:PORT to listen on for gateways; may be given several times. Default [::]:6183. Port 0 lets the system choose.",
    CustomParser = result =>
    {
        var endpoints = new List<IPEndPoint>();
        foreach (var token in result.Tokens)
        {
            if (IPEndPoint.TryParse(token.Value, out var endpoint) && token.Value.LastIndexOf(':') > token.Value.LastIndexOf(']'))
            {
                endpoints.Add(endpoint);
            }
            else
            {
                result.AddError($"--listen {token.Value} is not ADDRESS:PORT, such as 0.0.0.0:6183 or [::]:6183.");
            }
        }

        return [.. endpoints];
    },
};
var path = new Option<DirectoryInfo?>("--path") { Description = "Folder for tenants' objects. Default: storage below --data." };
var code = new Option<string?>("--code") { Description = "Enrolment code, used when --data holds no identity yet; - reads it from standard input, where no process list shows it." };
var accessCertificate = new Option<FileInfo?>("--access-certificate") { Description = "PEM with your own certificate for *.access.<zone> and its intermediates." };
var accessKey = new Option<FileInfo?>("--access-key") { Description = "PEM with the key of --access-certificate." };
var sessionWait = new Option<TimeSpan?>("--session-wait")
{
    Description = "How long a resumable stream waits for its connector when no connection carries it: seconds, minutes or hours, 1s to 24h. Default 20m.",
    CustomParser = result =>
    {
        if (!WaitText.TryParse(result.Tokens[0].Value, out var wait))
        {
            result.AddError($"--session-wait {result.Tokens[0].Value} cannot be: {WaitText.Allowed}.");
        }

        return wait;
    },
};
var sessionsPerTenant = new Option<int?>("--sessions-per-tenant") { Description = "Resumable streams that a tenant may have at once, 1 to 10000. Default 64." };
var sessionMemory = new Option<long?>("--session-memory")
{
    Description = "Memory for what resumable streams may have to send again, all together, 1MiB to 1TiB. Each has 256 KiB of it for certain, so it says how many there may be. Default 256MiB.",
    CustomParser = result =>
    {
        if (!ByteSize.TryParse(result.Tokens[0].Value, out var bytes))
        {
            result.AddError($"--session-memory {result.Tokens[0].Value} cannot be: {ByteSize.Allowed}.");
        }

        return bytes;
    },
};
var run = new Command("run", "Serve tenants' backups.")
{
    data, listen, path, code, accessCertificate, accessKey, sessionWait, sessionsPerTenant, sessionMemory,
};
run.SetAction(async (result, token) =>
{
    var options = new RepositoryOptions
    {
        DataDirectory = result.GetRequiredValue(data).FullName,
        Code = result.GetValue(code) is { } given ? await CodeText.ReadAsync(given, Console.In, token) : null,
        AccessCertificate = result.GetValue(accessCertificate)?.FullName,
        AccessKey = result.GetValue(accessKey)?.FullName,
    };
    options = options with
    {
        SessionWait = result.GetValue(sessionWait) ?? options.SessionWait,
        MaxSessionsPerTenant = result.GetValue(sessionsPerTenant) ?? options.MaxSessionsPerTenant,
        SessionBytes = result.GetValue(sessionMemory) ?? options.SessionBytes,
    };
    options = result.GetValue(path) is { } storage ? options with { StorageDirectory = storage.FullName } : options;
    PrivateFiles.ForThisProcess();
    options = result.GetValue(listen) is { Length: > 0 } endpoints ? options with { Listen = endpoints } : options;
    return await ServiceManager.RunAsync(
        "headgate-repository",
        Path.Combine(options.DataDirectory, "log"),
        (manager, asked) => RepositoryHost.RunAsync(options with { Manager = manager }, asked),
        token);
});

var enrolData = new Option<DirectoryInfo>("--data") { Description = "Folder to keep the identity in.", Required = true };
var enrolCode = new Argument<string>("CODE") { Description = "The code that headgate-server gave; - reads it from standard input, where no process list shows it." };
var enroll = new Command("enroll", "Get this repository's certificate.") { enrolData, enrolCode };
enroll.SetAction(async (result, token) => await RepositoryHost.EnrolAsync(
    result.GetRequiredValue(enrolData).FullName, await CodeText.ReadAsync(result.GetRequiredValue(enrolCode), Console.In, token), token));

var root = new RootCommand("Headgate's cloud repository: keeps tenants' backups.") { run, enroll };
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(20) });
