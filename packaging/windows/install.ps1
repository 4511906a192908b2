#Requires -Version 5.1
<#
.SYNOPSIS
Installs this program of Headgate @VERSION@, or upgrades the one that is installed: data and options stay.
.DESCRIPTION
The program goes to %ProgramFiles%\Headgate\PROGRAM\VERSION, data to %ProgramData%\Headgate\PROGRAM, which only administrators, the system and the service's
own account NT SERVICE\headgate-PROGRAM may read; its log is below that, in log\. The connector is a program and no service: it is put on the PATH.
.PARAMETER Code
Gateway, repository: enrol with this one-time code first. Default: the variable HEADGATE_CODE.
.PARAMETER Options
Options of 'headgate-PROGRAM run' in one string, such as '--listen 0.0.0.0:6180'; kept in %ProgramData%\Headgate\PROGRAM.conf in place of what is there.
.PARAMETER EnrolOptions
Gateway with a code for a fleet: how it enrols, such as '--id gtw7 --address 198.51.100.7:6180'.
.PARAMETER NoStart
Install, but neither enrol nor start.
.PARAMETER Downgrade
Install although a newer version is installed.
#>
[CmdletBinding()]
param(
    [string] $Code = $env:HEADGATE_CODE,
    [string] $Options,
    [string] $EnrolOptions,
    [switch] $NoStart,
    [switch] $Downgrade
)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$env:HEADGATE_CODE = $null

$program = (Get-Content (Join-Path $PSScriptRoot 'PROGRAM')).Trim()
$version = (Get-Content (Join-Path $PSScriptRoot 'VERSION')).Trim()
$name = if ($program -eq 'connector') { 'headgate' } else { "headgate-$program" }
$files = Join-Path $env:ProgramFiles "Headgate\$program"
$target = Join-Path $files $version
$shared = Join-Path $env:ProgramData 'Headgate'
$data = Join-Path $shared $program
$conf = Join-Path $shared "$program.conf"

$identity = [Security.Principal.WindowsPrincipal][Security.Principal.WindowsIdentity]::GetCurrent()
if (-not $identity.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) { throw 'Run this in a PowerShell that was started as administrator.' }
if ($Code -and $program -in 'server', 'connector') { throw "A $program takes no -Code." }
if ($Options -match '["\r\n]') { throw '-Options may hold no quotation marks and no line ends.' }

$installed = @(Get-ChildItem $files -Directory -ErrorAction SilentlyContinue | Where-Object { $_.Name -match '^\d+\.\d+\.\d+$' } | ForEach-Object { [version] $_.Name } | Sort-Object)
if ($installed.Count -gt 0 -and $installed[-1] -gt [version] $version -and -not $Downgrade) {
    throw "Version $($installed[-1]) is installed, newer than this $version. If that is meant: .\install.ps1 -Downgrade"
}
if (-not $Options) {
    $Options = if (Test-Path $conf) { (Get-Content $conf -Raw).Trim() } else { @{ gateway = '--listen [::]:6180'; repository = '--listen [::]:6183'; server = ''; connector = '' }[$program] }
}
if ($program -eq 'server' -and -not $NoStart -and $Options -notmatch '--zone ') {
    throw "The first installation of a server needs its zone: .\install.ps1 -Options '--zone backup.example.com --edge-listen ADDRESS:6181 --tenant-listen ADDRESS:6182'"
}

# sc NAME ARGUMENTS...: sc.exe, whose failures are ours.
function Invoke-Sc {
    $said = & sc.exe @args
    if ($LASTEXITCODE -ne 0) { throw "sc.exe $args failed: $said" }
}

$service = if ($program -eq 'connector') { $null } else { Get-Service $name -ErrorAction SilentlyContinue }
if ($service -and $service.Status -ne 'Stopped') {
    # Streams drain; that may take a while.
    Stop-Service $name -NoWait
    $service.WaitForStatus('Stopped', [TimeSpan]::FromMinutes(2))
}

# Complete before its name is there.
$new = Join-Path $files '.new'
if (Test-Path $new) { Remove-Item $new -Recurse -Force }
New-Item $new -ItemType Directory -Force | Out-Null
Copy-Item (Join-Path $PSScriptRoot '*') $new -Recurse
if (Test-Path $target) { Remove-Item $target -Recurse -Force }
Rename-Item $new $version

if ($program -eq 'connector') {
    $path = [Environment]::GetEnvironmentVariable('Path', 'Machine')
    $others = @($path -split ';' | Where-Object { $_ -and -not $_.StartsWith($files, [StringComparison]::OrdinalIgnoreCase) })
    [Environment]::SetEnvironmentVariable('Path', (($others + $target) -join ';'), 'Machine')
    Get-ChildItem $files -Directory | Where-Object { $_.FullName -ne $target } | Remove-Item -Recurse -Force -ErrorAction SilentlyContinue
    Write-Output "Installed headgate $version. In a new window: headgate enroll CODE, with the code of your provider."
    return
}

# icacls: inheritance off; the system and administrators (by their ids: the names are translated), later the service's account.
New-Item $data -ItemType Directory -Force | Out-Null
$exe = Join-Path $target "$name.exe"
$line = "`"$exe`" run --data `"$data`" $Options".TrimEnd()
Set-Content $conf $Options
if (-not $service) {
    New-Service $name -BinaryPathName $line -DisplayName "Headgate $program" -StartupType Automatic | Out-Null
} else {
    $changed = Get-CimInstance Win32_Service -Filter "Name='$name'" | Invoke-CimMethod -MethodName Change -Arguments @{ PathName = $line }
    if ($changed.ReturnValue -ne 0) { throw "The service $name could not be changed: code $($changed.ReturnValue)." }
}
Invoke-Sc config $name obj= "NT SERVICE\$name"
Invoke-Sc failure $name reset= 86400 actions= restart/2000/restart/10000/restart/60000
Invoke-Sc failureflag $name 1
& icacls.exe $data /inheritance:r /grant:r '*S-1-5-18:(OI)(CI)F' '*S-1-5-32-544:(OI)(CI)F' "NT SERVICE\${name}:(OI)(CI)M" | Out-Null
if ($LASTEXITCODE -ne 0) { throw "The rights on $data could not be set." }
$storage = [regex]::Match($Options, '--(?:path|with-repository) (\S+)')
if ($storage.Success) {
    New-Item $storage.Groups[1].Value -ItemType Directory -Force | Out-Null
    & icacls.exe $storage.Groups[1].Value /grant "NT SERVICE\${name}:(OI)(CI)M" | Out-Null
    if ($LASTEXITCODE -ne 0) { throw "The rights on $($storage.Groups[1].Value) could not be set." }
}
Remove-NetFirewallRule -Name $name -ErrorAction SilentlyContinue
New-NetFirewallRule -Name $name -DisplayName "Headgate $program" -Direction Inbound -Action Allow -Program $exe | Out-Null

if ($NoStart) {
    Write-Output "Installed $name $version; nothing was started."
    return
}
if ($program -ne 'server' -and -not (Get-ChildItem $data -Filter identity.json -Recurse -ErrorAction SilentlyContinue)) {
    if (-not $Code) {
        Write-Output "Installed $name $version. It is not enrolled: ask the provider for a code, then .\install.ps1 -Code CODE"
        return
    }
    # Over a pipe: no process list shows it.
    $more = @($EnrolOptions -split ' ' | Where-Object { $_ })
    $Code | & $exe enroll --data $data @more -
    if ($LASTEXITCODE -ne 0) { throw "$name $version is installed but not enrolled. Get a fresh code, then .\install.ps1 -Code CODE" }
} elseif ($Code) {
    Write-Output "$name is enrolled already; the code is not used."
}
Start-Service $name
Get-ChildItem $files -Directory | Where-Object { $_.FullName -ne $target -and $_.Name -notin @($installed | Select-Object -Last 1 | ForEach-Object { "$_" }) } |
    Remove-Item -Recurse -Force -ErrorAction SilentlyContinue
Write-Output "$name $version runs; its log is $data\log\$name.log."
